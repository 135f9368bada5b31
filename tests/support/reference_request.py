"""The request of the public reference's script, byte for byte."""

from typing import Final

from localstack.apex import ADMIN, SYNC_TYPE, ApexRequest, encode_context

_REFERENCE_TIME: Final = "2020-09-03T20:56:27.608444Z"


def reference_sync_request(
    *,
    token: str = ADMIN.token,
    org_url: str = "https://sf-fx-dh.my.salesforce.com",
) -> ApexRequest:
    """Return what the public reference's ``invokeSync.sh`` sends with curl.

    Args:
        token: the script's only argument.
        org_url: of the org that the script's context file names.
    """
    function = {
        "id": "00Dxx0000006IYJEA2-4Y4W3Lw_LkoskcHdEaZze-a00xx000000bxi1AAA"
        "-MyProject.MyFunction-2020-09-03T20:56:27.608444Z",
        "apiVersion": "58.0",
        "functionName": "MyProject.MyFunction",
        "resource": "https://cwall-wsl5:3000",
        "source": "urn:event:from:salesforce/xx/<orgId>/<sourceId,egApexClassId>",
        "type": SYNC_TYPE,
        "namespace": "",
        "permissionSets": ["Functions"],
    }
    salesforce = {
        "apiVersion": "57.0",
        "payloadVersion": "0.1",
        "userContext": {
            "namespace": "",
            "orgId": "00Dxx0000006JX6EAM",
            "userId": "005xx000001XADRAA4",
            "username": "admin@sf-fx-dh.com",
            "salesforceBaseUrl": org_url,
            "orgDomainUrl": org_url,
        },
    }
    invocation = "00Dxx0000006IYJEA2-4Y4W3Lw_LkoskcHdEaZze-{}-MyFunction-{}"
    return ApexRequest(
        path="/sync",
        headers={
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token}",
            "X-Request-Id": invocation.format("", _REFERENCE_TIME),
            "ce-specversion": "1.0",
            "ce-id": invocation.format("a00xx000000bxi1AAA", _REFERENCE_TIME),
            "ce-source": "urn:event:from:salesforce/xx/00Dxx0000006IYJEA2/apex",
            "ce-datacontenttype": "application/json",
            "ce-type": SYNC_TYPE,
            "ce-sffncontext": encode_context(function),
            "ce-sfcontext": encode_context(salesforce),
        },
        body=b'{"Hello":"There!"}',
    )
