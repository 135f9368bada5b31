"""What ``make run`` is asked for."""

from pathlib import Path

import pytest

from demo.choices import PAYLOAD, ChoiceError, Choices, load_choices
from demo.languages import LANGUAGES, NODE, OTHER, PYTHON, language_in
from invocation.settings.function_settings import TELL


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with functions: ours, another one, one in Node, one without a runtime."""
    for name in ("function", "my project", "examples/typescriptfunction", "nothing", "other"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("function", "my project"):
        (tmp_path / name / "main.py").touch()
    node = tmp_path / "examples" / "typescriptfunction"
    (node / "package.json").touch()
    (node / "payload.json").write_text('{"its": "own"}\n')
    (tmp_path / "other" / "start").touch()
    (tmp_path / "payload.json").write_text('\ufeff{"from": "a file"}', encoding="utf-8")
    return tmp_path


def test_nothing_needs_to_be_chosen(here: Path) -> None:
    """Empty means the same as missing, since ``make`` may pass either."""
    expected = Choices(
        keep_serving=True,
        folder=here / "function",
        language=PYTHON,
        command="",
        payload=PAYLOAD,
        ports={},
    )

    assert load_choices(["run"], {}, here=here) == expected
    names = ["FUNCTION", "EXAMPLE", "FUNCTION_COMMAND", "PAYLOAD", "PORT", "ORG_PORT"]
    empty = dict.fromkeys(names, "")
    assert load_choices(["run"], empty, here=here) == expected


def test_everything_can_be_chosen(here: Path) -> None:
    """Folder, command, payload and ports come from the environment."""
    env = {
        "FUNCTION": "my project",
        "FUNCTION_COMMAND": "node index.js",
        "PAYLOAD": f"@{here}/payload.json",
        "PORT": "3001",
        "FUNCTION_PORT": " 3002 ",
        "ORG_PORT": "3003",
    }

    assert load_choices(["check"], env, here=here) == Choices(
        keep_serving=False,
        folder=here / "my project",
        language=None,
        command="node index.js",
        payload='{"from": "a file"}',
        ports={"PORT": 3001, "FUNCTION_PORT": 3002, "ORG_PORT": 3003},
    )


def test_an_example_brings_its_payload(here: Path) -> None:
    """Unless another one is asked for."""
    example = load_choices(["run"], {"EXAMPLE": "node"}, here=here)
    other = load_choices(["run"], {"EXAMPLE": "node", "PAYLOAD": "1"}, here=here)

    assert example.folder == other.folder == here / "examples" / "typescriptfunction"
    assert (example.language, example.command) == (NODE, "")
    assert (example.payload, other.payload) == ('{"its": "own"}', "1")


def test_a_function_without_a_runtime_is_started_by_its_start(here: Path) -> None:
    """When no command is given."""
    choices = load_choices(["run"], {"FUNCTION": "other"}, here=here)

    assert (choices.language, choices.command) == (OTHER, "exec ./start")


def test_a_language_is_told_as_bin_function_does(tmp_path: Path) -> None:
    """By the same files; what it does not know needs a command."""
    for language in LANGUAGES:
        folder = tmp_path / f"with {language.sign}"
        folder.mkdir()
        (folder / language.sign).touch()
        assert language_in(folder) is language
        assert (language.sign in TELL) == (not language.command)

    assert {language.sign for language in LANGUAGES} > set(TELL)


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"FUNCTION": "nosuch"}, "there is no folder .*nosuch"),
        ({"FUNCTION": "payload.json"}, "there is no folder"),
        ({"FUNCTION": "nothing"}, "none of main.py, .* in .*; .* FUNCTION_COMMAND='node index.js'"),
        ({"EXAMPLE": "node", "FUNCTION": "nothing"}, "EXAMPLE and FUNCTION both"),
        ({"EXAMPLE": "perl"}, "EXAMPLE: there is no 'perl', but python, node, java, go"),
        ({"PAYLOAD": "{name: Ada}"}, "PAYLOAD is not JSON .*: write it like PAYLOAD='{"),
        ({"PAYLOAD": "@nosuch"}, "PAYLOAD: nosuch can't be read"),
        ({"PORT": "http"}, "PORT must be a number from 1 to 65535, not 'http'"),
        ({"PORT": "0"}, "PORT must be"),
        ({"PORT": "65536"}, "PORT must be"),
        ({"PORT": "³"}, "PORT must be"),
        ({"ORG_PORT": "9" * 9000}, "ORG_PORT must be"),
        ({"PORT": "3001", "ORG_PORT": "3001"}, "ORG_PORT and PORT must not be the same"),
    ],
)
def test_a_wrong_choice_says_what_to_change(here: Path, env: dict[str, str], said: str) -> None:
    """Before anything starts."""
    with pytest.raises(ChoiceError, match=said):
        load_choices(["run"], env, here=here)
