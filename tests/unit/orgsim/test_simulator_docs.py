"""What docs/simulator.md says is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from orgsim import SimulatedOrg, load_seed
from orgsim.data.objects import OBJECTS
from orgsim.data.schema import STANDARD, ObjectType
from orgsim.faults import ENDPOINTS

ROOT = Path(__file__).parents[3]
PAGE = ROOT.joinpath("docs", "simulator.md").read_text()


def block(language: str) -> str:
    """Return the one example in a language."""
    (text,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert isinstance(text, str)
    return text


def test_the_seed_is_one() -> None:
    """It can be copied and changed."""
    org = load_seed(block("json"))

    account = org.data.find("001xx0000000001AAA")
    assert account is not None
    assert account["Name"] == "Acme"


@pytest.mark.slow
def test_the_example_runs() -> None:
    """In a process of its own, without anything else."""
    done = subprocess.run(
        [sys.executable, "-c", block("python")], cwd=ROOT, capture_output=True, check=False
    )

    assert (done.returncode, done.stdout) == (0, b"the answer was lost\n")


@pytest.mark.parametrize("found", OBJECTS, ids=lambda found: found.name)
def test_every_field_is_named(found: ObjectType) -> None:
    """The table of objects is the schema."""
    (row,) = re.findall(rf"^\| `{found.name}` \| (.*) \|$", PAGE, re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", row)) - {each.name for each in OBJECTS}

    known = {field.name for field in STANDARD} | {"OwnerId"}
    assert named - known == set(found.fields) - known


def test_every_endpoint_is_named() -> None:
    """Faults can be planned for each."""
    assert f"`endpoint` is {', '.join(f'`{name}`' for name in ENDPOINTS)} or `*`" in PAGE


def test_the_built_in_org_is_described() -> None:
    """The page tells ids that commands use."""
    for user in SimulatedOrg.built_in().users():
        assert f"`{user.username}` (`{user.id}`" in PAGE
