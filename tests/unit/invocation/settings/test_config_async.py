"""The settings of asynchronous invocations: where jobs are, with which keys, and the bounds."""

import socket

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from invocation.settings.config import Config
from invocation.settings.loading import ConfigError, load_config
from tests.unit.invocation.settings.environment import good_env, problems_of

KEY, OTHER = (Fernet.generate_key().decode() for _ in range(2))
DEFAULTS = {
    "ASYNC_CONCURRENCY": ("async_concurrency", 10),
    "ASYNC_FUNCTION_TIMEOUT_S": ("async_function_timeout_s", 900),
    "ASYNC_INVOKE_ATTEMPTS": ("async_invoke_attempts", 1),
    "ASYNC_DELIVERY_DELAY_S": ("async_delivery_delay_s", 2),
    "ASYNC_DELIVERY_HOURS": ("async_delivery_hours", 24),
    "ASYNC_KEEP_DAYS": ("async_keep_days", 7),
    "ASYNC_MAX_BYTES": ("async_max_bytes", 512 * 1024**2),
    "ASYNC_MAX_USER_BYTES": ("async_max_user_bytes", 256 * 1024**2),
}
BOUNDS = {
    "ASYNC_CONCURRENCY": ("1", "200"),
    "ASYNC_FUNCTION_TIMEOUT_S": ("0.1", "86400"),
    "ASYNC_INVOKE_ATTEMPTS": ("1", "10"),
    "ASYNC_DELIVERY_DELAY_S": ("0", "60"),
    "ASYNC_DELIVERY_HOURS": ("0.001", "240"),
    "ASYNC_KEEP_DAYS": ("0.01", "365"),
}
OUTSIDE = {
    "ASYNC_CONCURRENCY": ("0", "201"),
    "ASYNC_FUNCTION_TIMEOUT_S": ("0", "86401"),
    "ASYNC_INVOKE_ATTEMPTS": ("0", "11"),
    "ASYNC_DELIVERY_DELAY_S": ("-1", "60.1"),
    "ASYNC_DELIVERY_HOURS": ("0", "241"),
    "ASYNC_KEEP_DAYS": ("0", "366"),
}


def load(**changed: str) -> Config:
    """Return the settings of a good environment with some changed."""
    return load_config(good_env(**changed))


def test_no_setting_of_it_is_needed() -> None:
    """A laptop's defaults: a file, the derived key, this machine's name."""
    config = load()

    assert {name: getattr(config, field) for name, (field, _) in DEFAULTS.items()} == {
        name: value for name, (_, value) in DEFAULTS.items()
    }
    assert config.job_store_url == "sqlite:////tmp/functions-3000/async.sqlite3"
    assert config.async_keys == ()
    assert config.executor_id == socket.gethostname()
    assert config.store_lasts


@pytest.mark.parametrize("end", [0, 1], ids=["lowest", "highest"])
@pytest.mark.parametrize("name", BOUNDS)
def test_a_number_within_its_bounds_is_taken(name: str, end: int) -> None:
    """The bounds themselves are good."""
    text = BOUNDS[name][end]

    assert getattr(load(**{name: text}), DEFAULTS[name][0]) == float(text)


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_number_outside_its_bounds_is_refused(name: str) -> None:
    """So is what is no number; all in one line with the bounds."""
    low, high = BOUNDS[name]
    for text in (*OUTSIDE[name], "many", "1e3", "\u0665"):
        (problem,) = problems_of(good_env(**{name: text}))
        assert problem.startswith(f"{name} must be a ")
        assert f"from {low} to {high}" in problem


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_herokus_database_is_understood(scheme: str) -> None:
    """Heroku writes the one scheme, other hosts the other; both mean the driver that we have."""
    url = load(DATABASE_URL=f"{scheme}://user:s3cret@db.example.com:5432/name").job_store_url

    assert url == "postgresql+psycopg://user:s3cret@db.example.com:5432/name"
    assert sa.make_url(url).host == "db.example.com"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", "?sslmode=require"),
        ("?a=b", "?a=b&sslmode=require"),
        ("?sslmode=verify-full", "?sslmode=verify-full"),
        ("?a=b&sslmode=disable", "?a=b&sslmode=disable"),
    ],
)
def test_a_dyno_asks_its_database_for_tls(given: str, expected: str) -> None:
    """Heroku's databases are across a network; who says something else himself is believed."""
    url = f"postgres://user:s3cret@db.example.com/name{given}"

    assert load(DATABASE_URL=url, DYNO="web.1").job_store_url == (
        f"postgresql+psycopg://user:s3cret@db.example.com/name{expected}"
    )
    assert load(DATABASE_URL=url).job_store_url.endswith(f"/name{given}")


@pytest.mark.parametrize(
    "url",
    [
        "mysql://user:s3cret@host/name",
        "sqlite:///s3cret",
        "postgres:/user:s3cret@host/name",
        "user:s3cret@host/name",
        "postgres://user:s3cret@host/na me",
        "postgres://",
        "POSTGRES://user:s3cret@host/name",
        "postgres://user:s3cret@host:99x/name",
        "postgres://user:s3cret@host:5432:1/name",
        "postgresql+psycopg2://user:s3cret@host/name",
    ],
)
def test_another_database_is_refused_without_its_password(url: str) -> None:
    """One line that says what is wanted, and nothing of what was there."""
    (problem,) = problems_of(good_env(DATABASE_URL=url))

    assert problem.startswith("DATABASE_URL must be a URL such as postgres://")
    assert "s3cret" not in problem


def test_a_database_wins_over_a_file() -> None:
    """With both set the file is ignored; white space around a value too."""
    config = load(DATABASE_URL=" postgres://u:p@h/n\n", ASYNC_DB_PATH="/data/x.sqlite3")

    assert config.job_store_url == "postgresql+psycopg://u:p@h/n"


def test_a_file_is_where_it_is_said_to_be() -> None:
    """ASYNC_DB_PATH, else in RUN_DIR, else in a folder that belongs to the port."""
    path = "/data/jobs.sqlite3"

    assert sa.make_url(load(ASYNC_DB_PATH=path).job_store_url).database == path
    assert load(RUN_DIR="/run/x").job_store_url == "sqlite:////run/x/async.sqlite3"
    assert load(PORT="5000").job_store_url == "sqlite:////tmp/functions-5000/async.sqlite3"
    assert load(DATABASE_URL=" ", ASYNC_DB_PATH="jobs").job_store_url == "sqlite:///jobs"


def test_keys_are_read_newest_first() -> None:
    """Separated by commas, as they are rotated."""
    assert load(ASYNC_KEYS=KEY).async_keys == (KEY,)
    assert load(ASYNC_KEYS=f" {KEY} ,\n{OTHER},").async_keys == (KEY, OTHER)


@pytest.mark.parametrize(
    "keys",
    [
        "s3cret",
        KEY[:-4],
        KEY + "s3cret",
        f"{KEY} {OTHER}",
        f"{KEY},s3cret",
        f"s3cret,{KEY}",
        "schlüssel-s3cret",
    ],
    ids=["text", "short", "long", "no-comma", "second", "first", "not-ascii"],
)
def test_a_wrong_key_is_refused_without_quoting_it(keys: str) -> None:
    """One line that says how to make one."""
    (problem,) = problems_of(good_env(ASYNC_KEYS=keys))

    assert problem.startswith("ASYNC_KEYS must list keys")
    assert "s3cret" not in problem
    assert KEY[:8] not in problem


def test_secrets_are_not_in_the_repr() -> None:
    """Settings may be logged."""
    shown = repr(load(ASYNC_KEYS=KEY, DATABASE_URL="postgres://u:s3cret@h/n"))

    assert KEY not in shown
    assert "s3cret" not in shown


def test_a_relay_is_called_by_its_dyno() -> None:
    """So that it takes up its own jobs after a restart; the operator may say another name."""
    assert load(DYNO="worker.2").executor_id == "worker.2"
    assert load(DYNO="worker.2", ASYNC_EXECUTOR_ID="mine").executor_id == "mine"


@pytest.mark.parametrize(
    ("lasts", "env"),
    [
        (True, {}),
        (False, {"DYNO": "web.1"}),
        (True, {"DYNO": "web.1", "DATABASE_URL": "postgres://u:p@h/n"}),
        (True, {"DYNO": "web.1", "ASYNC_DB_LASTS": "yes"}),
        (False, {"ASYNC_DB_LASTS": "no"}),
    ],
)
def test_a_store_in_a_dyno_dies_with_it(lasts: bool, env: dict[str, str]) -> None:
    """Unless it is a database, or the operator says what is so on his platform."""
    assert load(**env).store_lasts == lasts


def test_every_problem_is_told_at_once() -> None:
    """One restart mends them all."""
    env = good_env(
        ASYNC_KEYS="x", DATABASE_URL="x", ASYNC_DB_LASTS="x", **dict.fromkeys(BOUNDS, "x")
    )

    assert {line.split()[0] for line in problems_of(env)} == {
        "ASYNC_DB_LASTS",
        "ASYNC_KEYS",
        "DATABASE_URL",
        *BOUNDS,
    }


@pytest.mark.parametrize("path", ["/etc/passwd/y.sqlite3", "/"])
def test_a_store_that_cannot_be_made_is_told_at_once(path: str) -> None:
    """One line before anything starts, not a traceback at the first job."""
    with pytest.raises(ConfigError) as refusal:
        load_config(good_env(ASYNC_DB_PATH=path))

    assert str(refusal.value).startswith("ASYNC_DB_PATH must be a file in a folder we may write")
