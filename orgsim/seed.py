"""Sets up an org from JSON: from a seed file, or one thing at a time by the control API."""

import time
from collections.abc import Callable, Mapping
from typing import Final

from orgsim.entities import ConnectedApp, OrgSettings, PermissionSet, Policy, User
from orgsim.json_fields import Fields, Unreadable, parse_json
from orgsim.org import SimulatedOrg
from orgsim.refusals import ApiRefused

_DAY_S: Final = 86_400


class SeedError(Exception):
    """The seed cannot be used; ``problems`` has one line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def load_seed(text: str | bytes, *, clock: Callable[[], float] = time.time) -> SimulatedOrg:
    """Make the org that a seed describes; docs/simulator.md has its form.

    Args:
        text: a JSON object with org, users, permission_sets, connected_apps and records.
        clock: as in `SimulatedOrg`.

    Raises:
        SeedError: with all problems, one line each.
    """
    try:
        seed = Fields(parse_json(text), "seed")
    except Unreadable as error:
        raise SeedError(error.problems) from error
    problems: list[str] = []
    try:
        org = _org(Fields(seed.object("org"), "org"), clock)
    except Unreadable as error:
        problems += error.problems
        org = SimulatedOrg(clock=clock)  # to find the problems of the rest as well
    for name, add in _LISTS.items():
        for position, value in enumerate(seed.objects(name)):
            try:
                add(org, Fields(value, f"{name}[{position}]"))
            except Unreadable as error:
                problems += error.problems
    try:
        seed.done()
    except Unreadable as error:
        problems += error.problems
    if problems:
        raise SeedError(problems)
    return org


def add_user(org: SimulatedOrg, fields: Fields) -> User:
    """Add or change a user: username, id, active, login_ip_ranges.

    Raises:
        Unreadable: a field is missing, wrong or not known, or the org refuses.
    """
    username, user_id = fields.text("username"), fields.optional_text("id")
    active = fields.flag("active", default=True)
    ranges = fields.texts("login_ip_ranges")
    return fields.make(
        lambda: org.add_user(username, user_id=user_id, active=active, login_ip_ranges=ranges)
    )


def add_permission_set(org: SimulatedOrg, fields: Fields) -> PermissionSet:
    """Add or replace a permission set: name, namespace, assigned_to, session_based.

    Raises:
        Unreadable: a field is missing, wrong or not known, or the org refuses.
    """
    name, namespace = fields.text("name"), fields.text("namespace", default="")
    assigned_to = fields.texts("assigned_to")
    session_based = fields.flag("session_based", default=True)
    return fields.make(
        lambda: org.add_permission_set(
            name, namespace=namespace, assigned_to=assigned_to, session_based=session_based
        )
    )


def add_app(org: SimulatedOrg, fields: Fields) -> ConnectedApp:
    """Add or replace a connected app.

    Its fields: consumer_key, public_key_pem, policy, approved_users, my_domain_only,
    consumer_secret.

    Raises:
        Unreadable: a field is missing, wrong or not known, or the org refuses.
    """
    consumer_key, public_key_pem = fields.text("consumer_key"), fields.text("public_key_pem")
    policy = fields.text("policy", default=Policy.ADMIN_APPROVED)
    approved_users = fields.texts("approved_users")
    my_domain_only = fields.flag("my_domain_only", default=False)
    consumer_secret = fields.optional_text("consumer_secret")
    return fields.make(
        lambda: org.add_app(
            consumer_key,
            public_key_pem,
            policy=policy,
            approved_users=approved_users,
            my_domain_only=my_domain_only,
            consumer_secret=consumer_secret,
        )
    )


def add_record(org: SimulatedOrg, fields: Fields) -> str:
    """Insert a record of a standard object: type, fields, username; return its id.

    Raises:
        Unreadable: a field is missing, wrong or not known, or the org refuses.
    """
    name, values = fields.text("type"), fields.object("fields")
    username = fields.text("username", default="")
    try:
        return fields.make(lambda: org.data.insert(name, values, username=username))
    except ApiRefused as error:
        raise Unreadable([f"{name}: {error}"]) from error


_LISTS: Final[Mapping[str, Callable[[SimulatedOrg, Fields], object]]] = {
    "users": add_user,  # first: the others name users
    "permission_sets": add_permission_set,
    "connected_apps": add_app,
    "records": add_record,
}


def _org(fields: Fields, clock: Callable[[], float]) -> SimulatedOrg:
    plain = OrgSettings()
    settings = OrgSettings(
        id=fields.text("id", default=plain.id),
        name=fields.text("name", default=plain.name),
        is_sandbox=fields.flag("is_sandbox", default=plain.is_sandbox),
        my_domain_url=fields.optional_text("my_domain_url"),
        session_lifetime_s=fields.number(
            "session_lifetime_s", plain.session_lifetime_s, low=1, high=_DAY_S
        ),
        reuse_sessions=fields.flag("reuse_sessions", default=plain.reuse_sessions),
        clock_ahead_s=fields.number("clock_ahead_s", plain.clock_ahead_s, low=-_DAY_S, high=_DAY_S),
        query_batch_size=fields.optional_whole(
            "query_batch_size", plain.query_batch_size, low=1, high=plain.query_batch_size
        )
        or plain.query_batch_size,
    )
    namespaces = fields.texts("namespaces")

    def make() -> SimulatedOrg:
        org = SimulatedOrg(settings, clock=clock)
        for namespace in namespaces:
            org.records.install(namespace)
        return org

    return fields.make(make)
