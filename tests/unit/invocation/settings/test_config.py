import socket
from pathlib import Path

import pytest

from invocation.settings.config import Config
from invocation.settings.function_settings import ROOT
from invocation.settings.loading import load_config
from localstack.keys import rsa_key
from proxy.server.bodies import large_share
from tests.unit.invocation.settings.environment import (
    NO_KEY,
    ORG_ID,
    good_env,
    numbers,
    problems_of,
    without_key,
)

JOB_STORE = (
    "must not list {}, the job store: set FUNCTION_DATABASE_URL to a database of the function's own"
)


def test_three_settings_are_enough() -> None:
    """Everything else has the default that is written down."""
    config = load_config(good_env())

    assert numbers(config) == numbers(Config(org_id="", consumer_key="", private_key=rsa_key()))
    assert config == Config(
        org_id=ORG_ID,
        consumer_key="3MVG9.consumer",
        private_key=config.private_key,
        port=3000,
        function_port=8080,
        audience=None,
        org_origins=frozenset(),
        allowed_permission_sets=None,
        caller_cache_ttl_s=60,
        token_cache_ttl_s=600,
        org_timeout_s=10,
        function_timeout_s=120,
        threads=128,
        max_inflight=120,
        max_body_bytes=12 * 1024 * 1024,
        processes=1,
        log_level="INFO",
        job_store_url="sqlite:////tmp/functions-3000/async.sqlite3",
        executor_id=socket.gethostname(),
    )


def test_every_setting_is_read() -> None:
    """Each variable sets its field, with white space around its value ignored."""
    env = good_env(
        PORT=" 5000\n",
        FUNCTION_PORT="8081",
        SF_AUDIENCE="https://test.salesforce.com",
        ORG_DOMAIN_URL="https://acme.my.salesforce.com/, https://b.my.salesforce.com,",
        ALLOWED_PERMISSION_SETS="MySet, ns__Other",
        CALLER_CACHE_TTL_S="0",
        TOKEN_CACHE_TTL_S="1.5",
        ORG_TIMEOUT_S="2",
        FUNCTION_TIMEOUT_S="9",
        PROXY_THREADS="32",
        MAX_INFLIGHT="20",
        MAX_BODY_BYTES="1024",
        BODY_BUDGET_BYTES="5000",
        WEB_CONCURRENCY="2",
        LOG_LEVEL="debug",
    )

    config = load_config(env)

    assert config == Config(
        org_id=ORG_ID,
        consumer_key="3MVG9.consumer",
        private_key=config.private_key,
        port=5000,
        function_port=8081,
        audience="https://test.salesforce.com",
        org_origins=frozenset({"https://acme.my.salesforce.com", "https://b.my.salesforce.com"}),
        allowed_permission_sets=frozenset({"MySet", "ns__Other"}),
        caller_cache_ttl_s=0,
        token_cache_ttl_s=1.5,
        org_timeout_s=2,
        function_timeout_s=9,
        threads=32,
        max_inflight=20,
        max_body_bytes=1024,
        body_budget_bytes=5000,
        processes=2,
        log_level="DEBUG",
        job_store_url="sqlite:////tmp/functions-5000/async.sqlite3",
        executor_id=socket.gethostname(),
    )


def test_an_empty_value_is_a_missing_one() -> None:
    """Heroku's way to unset a variable that a template wants."""
    optional = [
        *("PORT", "FUNCTION_PORT", "SF_AUDIENCE", "ORG_DOMAIN_URL", "ALLOWED_PERMISSION_SETS"),
        *("CALLER_CACHE_TTL_S", "TOKEN_CACHE_TTL_S", "ORG_TIMEOUT_S", "FUNCTION_TIMEOUT_S"),
        *("PROXY_THREADS", "MAX_INFLIGHT", "MAX_BODY_BYTES", "WEB_CONCURRENCY", "LOG_LEVEL"),
        "BODY_BUDGET_BYTES",
        "PRIVATE_KEY_FILEPATH",
    ]
    config = load_config(good_env(**dict.fromkeys(optional, " "), DYNO=""))
    default = load_config(good_env())

    assert repr(config) == repr(default)


def test_all_problems_are_told_at_once() -> None:
    """One restart shows everything that has to be set."""
    assert problems_of({"PORT": "x", "ORG_TIMEOUT_S": "0", "LOG_LEVEL": "LOUD"}) == [
        "ORG_ID_18 is missing: set it to your org's 18-character id (Setup > Company Information)",
        (
            "CONSUMER_KEY is missing: set it to the consumer key of the app that lends the function"
            " a token"
        ),
        NO_KEY,
        "ORG_TIMEOUT_S must be a number from 0.1 to 60, not '0'",
        "PORT must be a whole number from 1 to 65535, not 'x'",
        "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, not 'LOUD'",
    ]


BAD_WHOLE = ["x", "-1", "1.5", "1e3", "0x10", "\u0661", "9" * 13, "99999999999", "1_0", "+5", "0"]


BAD_NUMBER = ["x", "-1", "nan", "inf", "-inf", "1e9", "1,5", "5s", "\u0665", "1_0"]


BAD_VALUES = {
    "PORT": [*BAD_WHOLE, "65536"],
    "FUNCTION_PORT": [*BAD_WHOLE, "65536"],
    "PROXY_THREADS": [*BAD_WHOLE, "3", "1001"],
    "MAX_INFLIGHT": [*BAD_WHOLE, "128", "1001"],
    "BODY_BUDGET_BYTES": [*BAD_WHOLE, "1023", str(64 * 1024**3 + 1)],
    "MAX_BODY_BYTES": [*BAD_WHOLE, "1023", str(256 * 1024**2 + 1)],
    "WEB_CONCURRENCY": [*BAD_WHOLE, "1001"],
    "CALLER_CACHE_TTL_S": [*BAD_NUMBER, "3601"],
    "TOKEN_CACHE_TTL_S": [*BAD_NUMBER, "7201"],
    "ORG_TIMEOUT_S": [*BAD_NUMBER, "0", "61"],
    "FUNCTION_TIMEOUT_S": [*BAD_NUMBER, "0", "3601"],
    "LOG_LEVEL": ["LOUD", "10", "TRACE", "INFO,DEBUG", "CRITICAL"],
    "SF_AUDIENCE": ["login.salesforce.com", "https://", "ftp://x", "https://a b", "https://a\nb"],
    "ORG_DOMAIN_URL": [
        *("acme.my.salesforce.com", "http://acme.my.salesforce.com", "https://a.b.c/d"),
        *("https://acme.my.salesforce.com:443", "https://ok.example.com,nonsense", "*"),
        *("https://acme.my.salesforce.com;https://b.my.salesforce.com", ",", " , ,"),
    ],
    "ALLOWED_PERMISSION_SETS": ["My Set", "ok,1Set", "ns__", "A;B", "*", "[ 'MySet' ]"],
    "ORG_ID_18": ["x", "00Dxx0000006IYJ", "005xx000001X8UzAAK", f"{ORG_ID}A", "00Dxx0000006IYJEA9"],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, value, id=f"{name}-{value[:20]!a}")
        for name, values in BAD_VALUES.items()
        for value in values
    ],
)
def test_a_bad_value_is_one_problem(name: str, value: str) -> None:
    """A bad value stops the start with one line that begins with the variable's name."""
    problems = problems_of(without_key(**{name: value}))

    assert [problem.partition(" ")[0] for problem in problems if problem != NO_KEY] == [name]


@pytest.mark.parametrize(
    ("env", "problem"),
    [
        ({"PORT": "8080"}, "PORT and FUNCTION_PORT must differ, both are 8080"),
        ({"FUNCTION_PORT": "3000"}, "PORT and FUNCTION_PORT must differ, both are 3000"),
        (
            {"PROXY_THREADS": "20", "MAX_INFLIGHT": "20"},
            (
                "MAX_INFLIGHT must be below PROXY_THREADS, so that health is answered: at most 19,"
                " not 20"
            ),
        ),
    ],
)
def test_settings_fit_together(env: dict[str, str], problem: str) -> None:
    """Two values that are good on their own may exclude each other."""
    assert problems_of(without_key(**env)) == [NO_KEY, problem]


def test_budget_of_payloads_is_one_that_each_payload_fits() -> None:
    """Three quarters of each process's share are for large ones; the default grows with them."""
    wanted = {"MAX_BODY_BYTES": "30000000", "WEB_CONCURRENCY": "2"}

    assert problems_of(without_key(**wanted, BODY_BUDGET_BYTES="80000003")) == [
        NO_KEY,
        (
            "BODY_BUDGET_BYTES must be at least 80000004, so that each of 2 proxies can take a"
            " payload of MAX_BODY_BYTES, not 80000003"
        ),
    ]
    assert load_config(good_env(**wanted)).body_budget_bytes == 80_000_004
    assert load_config(good_env()).body_budget_bytes == 64 * 1024 * 1024
    assert large_share(80_000_004 // 2) >= 30_000_000


def test_a_bad_value_is_not_blamed_on_another_setting() -> None:
    """The default that stands in for a bad value is not what the operator set."""
    assert problems_of(without_key(PORT="x", FUNCTION_PORT="3000")) == [
        NO_KEY,
        "PORT must be a whole number from 1 to 65535, not 'x'",
    ]


@pytest.mark.parametrize(("threads", "inflight"), [("4", 1), ("8", 1), ("16", 8), ("64", 56)])
def test_some_threads_are_kept_for_health(threads: str, inflight: int) -> None:
    """Unless it is set, the number of running invocations follows from the threads."""
    assert load_config(good_env(PROXY_THREADS=threads)).max_inflight == inflight


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8080", "http://localhost", "https://[::1]:1", "https://127.0.0.1"]
)
def test_a_dyno_takes_no_loopback_org(origin: str) -> None:
    """This machine may play the org when trying things out, never on Heroku."""
    assert load_config(good_env(ORG_DOMAIN_URL=origin)).org_origins == {origin}
    assert problems_of(good_env(ORG_DOMAIN_URL=origin, DYNO="web.1")) == [
        f"ORG_DOMAIN_URL can't be this machine when the app runs on Heroku, not {origin!r}"
    ]


def test_a_dyno_answers_before_the_router_gives_up() -> None:
    """Heroku's router waits 30 s, so the default limit of a call is shorter there."""
    assert load_config(good_env(DYNO="web.1")).function_timeout_s == 27
    assert load_config(good_env(DYNO="web.1", FUNCTION_TIMEOUT_S="60")).function_timeout_s == 60


@pytest.mark.parametrize(("asked", "started"), [("32", 32), ("33", 32), ("65", 32), ("1000", 32)])
def test_more_processes_than_there_can_be_are_not_started(asked: str, started: int) -> None:
    """Buildpacks set two for each core and one more: that is no reason to refuse the start."""
    config = load_config(good_env(WEB_CONCURRENCY=asked))

    assert config.processes == started
    assert bool(config.warnings) == (int(asked) > started)


def test_a_slash_behind_the_audience_is_left_out() -> None:
    """A browser adds it, and the org compares the whole text."""
    assert load_config(good_env(SF_AUDIENCE="https://login.salesforce.com/")).audience == (
        "https://login.salesforce.com"
    )
    assert load_config(good_env(SF_AUDIENCE="https://a.my.site.com/b/")).audience == (
        "https://a.my.site.com/b/"
    )


@pytest.mark.parametrize(
    "audience",
    [
        *("https://login.salesforce.com", "https://test.salesforce.com"),
        *("https://acme.my.salesforce.com", "https://acme--uat.sandbox.my.salesforce.com"),
        *("https://acme.my.site.com/shop", "https://acme.force.com/customers"),
        *("https://gs1.salesforce.com", "https://acme.my.salesforce.mil"),
        *("http://127.0.0.1:8765", "http://localhost:8765", "https://[::1]:8765"),
    ],
)
def test_an_audience_that_an_org_may_take_is_taken(audience: str) -> None:
    """Login hosts, an org's own host, its sites, and a simulated org; without a warning."""
    config = load_config(good_env(SF_AUDIENCE=audience))

    assert (config.audience, config.warnings) == (audience, ())


def test_an_empty_list_of_permission_sets_allows_none() -> None:
    """A list without a name in it is a list, not the permission for everything."""
    assert load_config(good_env(ALLOWED_PERMISSION_SETS=",")).allowed_permission_sets == frozenset()


@pytest.mark.parametrize("written", [ORG_ID, ORG_ID.lower(), ORG_ID.upper(), f" {ORG_ID}\n"])
def test_an_org_id_is_normalised(written: str) -> None:
    """However the 18 characters are spelled, they are compared in one form."""
    assert load_config(good_env(ORG_ID_18=written)).org_id == ORG_ID


def test_missing_function_folder_is_told_at_the_start() -> None:
    """Before a function is started again and again where none is."""
    (problem,) = problems_of(good_env(FUNCTION_DIR="no where"))

    where = f"in {ROOT} or absolute"
    assert problem == f"FUNCTION_DIR must be the function's folder, {where}: there is no 'no where'"


def test_function_folder_tells_its_language(tmp_path: Path) -> None:
    """Else nothing could be started, again and again; unless a command starts it."""
    (problem,) = problems_of(good_env(FUNCTION_DIR=str(tmp_path)))
    assert problem.startswith("FUNCTION_DIR must hold one of main.py, package.json, pom.xml, ")
    load_config(good_env(FUNCTION_DIR=str(tmp_path), FUNCTION_COMMAND="serve"))

    tmp_path.joinpath("pom.xml").touch()
    load_config(good_env(FUNCTION_DIR=str(tmp_path)))


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        (
            "CONSUMER_KEY",
            "must not list CONSUMER_KEY: the function gets none of the proxy's secrets",
        ),
        (
            "X, ASYNC_KEYS",
            "must not list ASYNC_KEYS: the function gets none of the proxy's secrets",
        ),
        ("DATABASE_URL", JOB_STORE.format("DATABASE_URL")),
        ("HEROKU_POSTGRESQL_RED_URL", JOB_STORE.format("HEROKU_POSTGRESQL_RED_URL")),
        (
            "A B",
            "must list names of variables such as HEROKU_POSTGRESQL_PURPLE_URL, not 'A B'",
        ),
    ],
)
def test_function_env_lists_no_secret_and_not_the_job_store(listed: str, problem: str) -> None:
    """One line, before anything starts."""
    store = "postgres://u:p@host/jobs"
    env = good_env(DATABASE_URL=store, HEROKU_POSTGRESQL_RED_URL=store, FUNCTION_ENV=listed)

    assert problems_of(env) == [f"FUNCTION_ENV {problem}"]


def test_function_env_may_list_other_databases() -> None:
    """Also such that are not attached."""
    env = good_env(FUNCTION_ENV="HEROKU_POSTGRESQL_RED_URL, REDIS_URL,", DATABASE_URL="")

    assert load_config(env).org_id == ORG_ID
