"""What is declared of the settings is what pages, templates and scripts say of them."""

import json
import re

import pytest

from invocation.settings.config import Config
from invocation.settings.page import rewritten
from invocation.settings.setting import By, declared
from localstack import ROOT

FIELDS = declared(Config)
SETTINGS = {setting.name: setting for setting in FIELDS.values()}
PAGE = (ROOT / "docs" / "configuration.md").read_text()
SOURCES = {
    By.PROXY: "proxy/**/*.py",
    By.RELAY: "relay/*.py",
    By.WATCHDOG: "supervision/watchdog/*.py",
    By.START: "supervision/run_container.py",
    By.FUNCTION: "bin/function*",
}
BEHIND = {
    "connected_app": {"consumer_key", "audience", "private_key", "private_key_filepath"},
    "private_key": {"private_key_filepath"},
    "own_run_dir": {"run_dir"},
    "job_store_url": {"async_db_path"},
    "max_inflight": {"function_concurrency"},
    "async_concurrency": {"function_concurrency"},
    "function_timeout_s": {"debug_port"},
    "async_function_timeout_s": {"debug_port"},
    "watchdog_failures": {"debug_port"},
}
"""What is used with a value that other settings are a part of, or change."""


def test_the_page_is_as_it_would_be_written() -> None:
    """`make docs-settings` has nothing to do."""
    assert rewritten(PAGE) == PAGE


def test_a_row_of_no_setting_is_left_out() -> None:
    """It would describe what nobody reads."""
    assert rewritten(PAGE + "| `GONE` | 1 | old |\n") == PAGE


def test_a_setting_without_a_row_is_told() -> None:
    """Only a person can say to which table it belongs."""
    with pytest.raises(ValueError, match=r"^no row for PORT: add a line such as \| `PORT` \|"):
        rewritten(re.sub(r"\| `PORT` .*\n", "", PAGE))


@pytest.mark.parametrize("program", By, ids=lambda program: program.name)
def test_the_programs_that_use_a_setting_are_declared(program: By) -> None:
    """So that it is known whom a change concerns."""
    source = "".join(path.read_text() for path in ROOT.glob(SOURCES[program]))
    used = set(re.findall(r"(?:config|settings)\.([a-z_]+)\b", source))
    used = used.union(*(BEHIND[name] for name in used & set(BEHIND)))
    expanded = set(re.findall(r"\$\{?([A-Z_]+)\b", source)) - {"PORT"}  # bin/function makes its own

    found = {field for field, each in FIELDS.items() if field in used or each.name in expanded}
    assert found == {field for field, each in FIELDS.items() if program in each.by}


def test_herokus_template_asks_for_settings_that_there_are() -> None:
    """And for each that must be set."""
    env = json.loads((ROOT / "app.json").read_text())["env"]

    assert set(env) - set(SETTINGS) == set()
    required = {name for name, setting in SETTINGS.items() if not setting.shown}
    asked = {name for name, entry in env.items() if entry["required"]}
    assert required - asked == {"PRIVATE_KEY_FILEPATH"}  # no file of the operator is in a dyno


def test_scripts_have_the_declared_defaults() -> None:
    """bin/function is started by itself, too, where nobody has set any."""
    found = [
        (name, default)
        for script in (ROOT / "bin").iterdir()
        for name, default in re.findall(r"\$\{([A-Z_]+):-([^}$]+)\}", script.read_text())
        if name in SETTINGS
    ]

    assert [name for name, _ in sorted(found)] == [
        "FUNCTION_DIR",
        "RUNTIME_CLI_FILEPATH",
        "SF_FX_RUNTIME_JAR_FILEPATH",
    ]
    assert [f"`{default}`" for _, default in found] == [SETTINGS[name].shown for name, _ in found]
