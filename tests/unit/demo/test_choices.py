"""What ``make run`` is asked for."""

from pathlib import Path

import pytest

from demo.choices import PAYLOAD, ChoiceError, Choices, load_choices


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with a function, another project and one in another language."""
    for name in ("function", "my project", "node"):
        (tmp_path / name).mkdir()
    for name in ("function", "my project"):
        (tmp_path / name / "main.py").touch()
    (tmp_path / "payload.json").write_text('\ufeff{"from": "a file"}', encoding="utf-8")
    return tmp_path


def test_nothing_needs_to_be_chosen(here: Path) -> None:
    """Empty means the same as missing, since ``make`` may pass either."""
    expected = Choices(
        keep_serving=True, folder=here / "function", command="", payload=PAYLOAD, ports={}
    )

    assert load_choices(["run"], {}, here=here) == expected
    empty = dict.fromkeys(["FUNCTION", "FUNCTION_COMMAND", "PAYLOAD", "PORT", "ORG_PORT"], "")
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
        command="node index.js",
        payload='{"from": "a file"}',
        ports={"PORT": 3001, "FUNCTION_PORT": 3002, "ORG_PORT": 3003},
    )


@pytest.mark.parametrize(
    ("env", "said"),
    [
        ({"FUNCTION": "nosuch"}, "there is no folder .*nosuch"),
        ({"FUNCTION": "payload.json"}, "there is no folder"),
        ({"FUNCTION": "node"}, "no main.py in .*node; .* FUNCTION_COMMAND='node index.js'"),
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
