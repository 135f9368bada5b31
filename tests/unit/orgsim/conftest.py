"""Fixtures: one key pair a run, one org and one served org a test."""

from collections.abc import Iterator

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from localstack.keys import public_pem, rsa_key
from orgsim import SimulatedOrg, running
from tests.unit.orgsim.world import ADMIN, CONSUMER_KEY, Caller, Clock


@pytest.fixture(scope="session", name="key")
def _key() -> rsa.RSAPrivateKey:
    """The connected app's key."""
    return rsa_key()


@pytest.fixture(name="clock")
def _clock() -> Clock:
    return Clock()


@pytest.fixture(name="org")
def _org(key: rsa.RSAPrivateKey, clock: Clock) -> SimulatedOrg:
    org = SimulatedOrg.built_in(clock=clock)
    org.add_app(CONSUMER_KEY, public_pem(key).decode(), approved_users=[ADMIN])
    return org


@pytest.fixture(name="caller")
def _caller(org: SimulatedOrg, clock: Clock, key: rsa.RSAPrivateKey) -> Iterator[Caller]:
    with running(org, threads=4) as url, requests.Session() as session:
        session.trust_env = False
        yield Caller(url=url, org=org, clock=clock, key=key, session=session)
