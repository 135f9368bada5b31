"""How many calls a function gets at once, and what a debugger changes."""

from pathlib import Path

import pytest

from invocation.settings.loading import ConfigError, load_config
from tests.unit.invocation.settings.environment import good_env


@pytest.fixture
def java(tmp_path: Path) -> str:
    """A folder with a function in Java."""
    (tmp_path / "pom.xml").touch()
    return str(tmp_path)


@pytest.mark.parametrize(
    ("settings", "calls", "jobs"),
    [
        ({}, 120, 10),
        ({"FUNCTION_CONCURRENCY": "0"}, 120, 10),
        ({"FUNCTION_CONCURRENCY": "200"}, 120, 10),
        ({"FUNCTION_CONCURRENCY": "126"}, 116, 10),
        ({"FUNCTION_CONCURRENCY": "126", "WEB_CONCURRENCY": "4"}, 29, 10),
        ({"FUNCTION_CONCURRENCY": "16"}, 12, 4),
        ({"FUNCTION_CONCURRENCY": "2"}, 1, 1),
        ({"FUNCTION_CONCURRENCY": "16", "MAX_INFLIGHT": "3", "ASYNC_CONCURRENCY": "2"}, 3, 2),
    ],
)
def test_proxies_and_relay_together_stay_within_it(
    settings: dict[str, str], calls: int, jobs: int
) -> None:
    """A quarter at most is for jobs; what is smaller already stays as it is."""
    config = load_config(good_env(**settings))

    assert (config.max_inflight, config.async_concurrency) == (calls, jobs)
    most = int(settings.get("FUNCTION_CONCURRENCY", 0))
    assert not most or calls * config.processes + jobs <= most


@pytest.mark.parametrize("processes", [1, 4])
def test_each_process_must_be_able_to_call(processes: int) -> None:
    """A proxy without a place, or a relay, would answer nothing for ever."""
    env = good_env(FUNCTION_CONCURRENCY=str(processes), WEB_CONCURRENCY=str(processes))

    with pytest.raises(ConfigError, match="FUNCTION_CONCURRENCY must be above WEB_CONCURRENCY"):
        load_config(env)


@pytest.mark.parametrize(
    ("options", "most"),
    [("", 126), ("-XX:ActiveProcessorCount=4 -Xmx99m", 30), ("-XX:ActiveProcessorCount=1", 14)],
)
def test_java_keeps_threads_for_its_health(java: str, options: str, most: int) -> None:
    """It has eight for each processor, and at least sixteen."""
    config = load_config(good_env(FUNCTION_DIR=java, JAVA_TOOL_OPTIONS=options))

    assert config.function_concurrency == most


def test_java_by_a_command_of_its_own_is_any_server(java: str) -> None:
    """Nobody knows its threads."""
    config = load_config(good_env(FUNCTION_DIR=java, FUNCTION_COMMAND="exec ./start"))

    assert config.function_concurrency == 0


def test_with_a_debugger_nothing_has_a_time_limit() -> None:
    """A call that stands at a breakpoint is no call that hangs."""
    config = load_config(good_env(DEBUG_PORT="5005", FUNCTION_TIMEOUT_S="9"))

    assert config.function_timeout_s == config.async_function_timeout_s == 24 * 3600
    assert config.watchdog_failures == 0
    assert config.warnings == (
        "DEBUG_PORT is set: a debugger may connect to 127.0.0.1:5005; nothing has a time limit",
    )


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"DYNO": "web.1"}, "must not be set on Heroku"),
        ({"PORT": "5005"}, "must differ from PORT and FUNCTION_PORT, not 5005"),
        ({"FUNCTION_PORT": "5005"}, "must differ from PORT and FUNCTION_PORT, not 5005"),
    ],
)
def test_a_debugger_where_it_can_not_be_is_refused(settings: dict[str, str], problem: str) -> None:
    """Whoever connects to it runs code as the function."""
    with pytest.raises(ConfigError, match=f"^DEBUG_PORT {problem}"):
        load_config(good_env(DEBUG_PORT="5005", **settings))


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("APP_BASE", "FUNCTION_DIR"),
        ("FUNCTION_HOST", "127.0.0.1"),
        ("FUNCTION_URL", "FUNCTION_PORT"),
        ("PROXY_JAVA_TOOL_OPTIONS", "JAVA_TOOL_OPTIONS"),
    ],
)
def test_a_variable_of_the_reference_is_answered(name: str, instead: str) -> None:
    """By one line at the start that says what to use."""
    (warning,) = load_config(good_env(**{name: "x"})).warnings

    assert warning.startswith(f"{name} is not used: ")
    assert instead in warning
