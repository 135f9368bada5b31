package conformance;

import com.salesforce.functions.jvm.sdk.Context;
import com.salesforce.functions.jvm.sdk.InvocationEvent;
import com.salesforce.functions.jvm.sdk.Org;
import com.salesforce.functions.jvm.sdk.SalesforceFunction;
import java.util.Map;

/** The function of the conformance tests: does what the payload says. */
public class Function implements SalesforceFunction<Function.Payload, Object> {
  @Override
  public Object apply(InvocationEvent<Payload> event, Context context) throws Exception {
    Payload payload = event.getData();
    switch (payload.action) {
      case "echo":
        return payload.value;
      case "throw":
        throw new IllegalStateException(payload.message);
      case "sleep":
        Thread.sleep((long) (payload.seconds * 1000));
        return payload.value;
      case "context":
        Org org = context.getOrg().orElseThrow();
        return Map.of(
            "id", event.getId(),
            "orgId", org.getId(),
            "username", org.getUser().getUsername(),
            "accessToken", org.getDataApi().getAccessToken());
      default:
        throw new IllegalStateException("no such action");
    }
  }

  /** What a call sends. */
  public static class Payload {
    public String action;
    public Object value;
    public String message;
    public double seconds;
  }
}
