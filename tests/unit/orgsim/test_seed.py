import datetime as dt
import json
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from localstack.keys import new_rsa_key, public_pem
from orgsim import OrgSettings, PermissionSet, Policy, SeedError, User, load_seed
from tests.unit.orgsim.world import ADMIN, CONSUMER_KEY, JOE, NOW


def _app(pem: str) -> dict[str, Any]:
    return {"connected_apps": [{"consumer_key": CONSUMER_KEY, "public_key_pem": pem}]}


def _problems(seed: Any) -> list[str]:  # noqa: ANN401
    with pytest.raises(SeedError) as caught:
        load_seed(seed if isinstance(seed, str) else json.dumps(seed))
    return caught.value.problems


def test_a_seed_describes_an_org(key: rsa.RSAPrivateKey) -> None:
    """Everything in the seed is in the org."""
    seed = {
        "org": {
            "id": "00Dxx0000006JX6",
            "name": "Acme",
            "is_sandbox": True,
            "my_domain_url": "https://acme.my.salesforce.com",
            "session_lifetime_s": 900,
            "reuse_sessions": True,
            "query_batch_size": 5,
            "namespaces": ["ns"],
        },
        "users": [
            {"username": ADMIN, "id": "005xx000001XADR"},
            {"username": JOE, "active": False},
        ],
        "permission_sets": [
            {"name": "P", "namespace": "ns", "assigned_to": [ADMIN.upper()]},
            {"name": "Q", "session_based": False},
        ],
        "connected_apps": [
            {
                "consumer_key": CONSUMER_KEY,
                "public_key_pem": public_pem(key).decode(),
                "policy": "self-authorize",
                "approved_users": [JOE],
            }
        ],
        "records": [
            {"type": "Account", "fields": {"Name": "Acme"}},
            {
                "type": "Contact",
                "fields": {"LastName": "Lovelace", "AccountId": "001xx0000000001AAA"},
                "username": JOE,
            },
        ],
    }
    org = load_seed(json.dumps(seed), clock=lambda: NOW)

    (app,) = org.apps()
    assert org.settings == OrgSettings(
        id="00Dxx0000006JX6EAM",
        name="Acme",
        is_sandbox=True,
        my_domain_url="https://acme.my.salesforce.com",
        session_lifetime_s=900.0,
        reuse_sessions=True,
        query_batch_size=5,
    )
    assert org.users() == (
        User(id="005xx000001XADRAA4", username=ADMIN),
        User(id="005xx0000000001AAA", username=JOE, active=False),
    )
    assert org.permission_sets() == (
        PermissionSet(name="P", namespace="ns", assigned_to=frozenset({ADMIN})),
        PermissionSet(name="Q", session_based=False),
    )
    assert (app.consumer_key, app.policy) == (CONSUMER_KEY, Policy.SELF_AUTHORIZE)
    assert app.approved_users == {JOE}
    assert org.records.namespace_of("ns__AsyncFunctionInvocationRequest__c") == "ns"
    contact = org.data.find("003xx0000000001AAA")
    assert contact is not None
    assert (contact["Name"], contact["OwnerId"]) == ("Lovelace", "005xx0000000001AAA")
    assert org.data.find(contact["AccountId"])
    assert org.clock() == NOW


def test_an_empty_seed_is_an_org_without_users() -> None:
    """Everything in a seed may be left out."""
    org = load_seed("{}")

    assert (org.settings, org.users()) == (OrgSettings(), ())


def test_a_certificate_will_do(key: rsa.RSAPrivateKey) -> None:
    """What one uploads to a real connected app can be given here too."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app")])
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + dt.timedelta(1))
        .sign(key, hashes.SHA256())
        .public_bytes(Encoding.PEM)
    )
    (app,) = load_seed(json.dumps(_app(certificate.decode()))).apps()

    assert app.public_key.public_numbers() == key.public_key().public_numbers()


def test_all_problems_are_told_at_once() -> None:
    """One run of the simulator is enough to learn everything that is wrong with a seed."""
    seed = {
        "org": {"id": "x", "colour": "red"},
        "users": [{"username": ADMIN}, {"username": 7, "active": 1}, "joe"],
        "permission_sets": [{"name": "P", "assigned_to": ["nobody"]}],
        "connected_apps": {},
        "usres": [],
    }

    assert _problems(seed) == [
        "org.colour is not known",
        "users[1].username must be text",
        "users[1].active must be true or false",
        "users[2] must be an object",
        "permission_sets[0]: 'nobody' is not a user of this org",
        "seed.connected_apps must be a list",
        "seed.usres is not known",
    ]


@pytest.mark.parametrize(
    ("seed", "problem"),
    [
        ("", "not valid JSON"),
        ("{", "not valid JSON"),
        ('{"org": NaN}', "not valid JSON"),
        ("[" * 200_000, "not valid JSON"),
        ([], "seed must be an object"),
        ({"org": 1}, "seed.org must be an object"),
        ({"org": {"id": "005xx000001XADR"}}, "does not start with 00D"),
        ({"org": {"id": "00Dxx"}}, "not a Salesforce id"),
        ({"org": {"session_lifetime_s": 0}}, "must be a number from 1 to"),
        ({"org": {"session_lifetime_s": "9"}}, "must be a number from 1 to"),
        ({"org": {"my_domain_url": "acme"}}, "my_domain_url must look like"),
        ({"org": {"my_domain_url": "https://acme/"}}, "my_domain_url must look like"),
        ({"org": {"namespaces": ["_"]}}, "'_' is not a namespace"),
        ({"users": [{"username": ""}]}, "users[0].username must be text"),
        (_app("-----BEGIN CERTIFICATE-----\nx"), "must be a PEM public key or certificate"),
        (_app("-----BEGIN PUBLIC KEY-----\nx"), "must be a PEM public key or certificate"),
        ({"records": [{"type": "Nope"}]}, "records[0]: 'Nope' is not an object"),
        ({"records": [{"type": "Account"}]}, "Account: REQUIRED_FIELD_MISSING"),
        ({"org": {"query_batch_size": 0}}, "must be a whole number from 1 to 2000"),
        ({"connected_apps": [{}]}, "connected_apps[0].consumer_key must be text"),
    ],
)
def test_refused_seeds(seed: Any, problem: str) -> None:  # noqa: ANN401
    """Each kind of mistake has a line that names the place."""
    assert problem in _problems(seed)[0]


def test_an_unknown_policy_is_refused(key: rsa.RSAPrivateKey) -> None:
    """A policy is one of the two that connected apps have."""
    seed = _app(public_pem(key).decode())
    seed["connected_apps"][0]["policy"] = "everybody"

    assert _problems(seed) == ["connected_apps[0]: 'everybody' is not a valid Policy"]


def test_only_public_rsa_keys_of_some_length(key: rsa.RSAPrivateKey) -> None:
    """Short keys, other algorithms and private keys are refused, and never repeated."""
    short = new_rsa_key(1024)
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    curve_pem = curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    texts = [_problems(_app(pem))[0] for pem in (public_pem(short).decode(), curve_pem, private)]

    assert ["RSA key of 2048 bits" in text for text in texts] == [True, True, False]
    assert "PEM public key or certificate" in texts[2]
    assert not any("BEGIN" in text for text in texts)
