/** The function of the conformance tests: does what the payload says. */
export default async function execute(event, context) {
  const { action, value, message, seconds } = event.data;
  switch (action) {
    case "echo":
      return value;
    case "throw":
      throw new Error(message);
    case "sleep":
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      return value;
    case "context":
      return {
        id: event.id,
        orgId: context.org.id,
        username: context.org.user.username,
        accessToken: context.org.dataApi.accessToken,
      };
    default:
      throw new Error("no such action");
  }
}
