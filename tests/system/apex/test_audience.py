"""An org whose app takes its My Domain alone as audience: what Apex says, and that it helps."""

import re

import pytest

from apex.emulator.embedding import ApexFailed
from apex.emulator.platform.callouts import http_transport
from apex.emulator.platform.org import Org, OrgIdentity
from apex.tools.installed import PARSER
from localstack.keys import pem, public_pem, rsa_key
from localstack.org import new_org
from localstack.seed import CONSUMER_KEY, ORG_ID
from orgsim import running
from tests.apex.live_org import LiveOrg, project
from tests.system.apex.stage import ADMIN, CERTIFICATE, REFERENCE, refer_to

pytestmark = pytest.mark.skipif(
    not PARSER.exists(), reason="the parser is missing: npm ci --prefix apex/tools"
)
GET_TOKEN = (
    f"FunctionReference__mdt r = FunctionReference__mdt.getInstance('{REFERENCE}');"
    "System.debug(new FunctionsMetadataAuthProviderImpl(r).generateFunctionAuthenticationToken());"
)


def test_the_refusal_names_the_field_that_cures_it() -> None:
    """app_not_found names Audience__c and its value; with it set, the org gives a token."""
    org = new_org()
    org.add_app(CONSUMER_KEY, public_pem().decode(), approved_users=[ADMIN], my_domain_only=True)
    with running(org) as org_url:
        apex = LiveOrg(
            Org(
                project().program,
                identity=OrgIdentity(org_id=ORG_ID, username=ADMIN, domain_url=org_url),
                transport=http_transport(),
                certificates={CERTIFICATE: pem(rsa_key())},
            )
        )
        refer_to(apex, Certificate__c=CERTIFICATE, ConsumerKey__c=CONSUMER_KEY)
        with pytest.raises(ApexFailed, match="app_not_found") as refusal:
            apex.run(GET_TOKEN)
        found = re.search(
            r"set Audience__c of the function reference to (\S+):", str(refusal.value)
        )
        assert found

        refer_to(apex, Audience__c=found[1])

        assert any(org.session_of(line.rpartition("|")[2]) for line in apex.run(GET_TOKEN))
