"""What docs/functions.md shows runs."""

import asyncio
import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from orgsim import SimulatedOrg, running
from salesforce_functions.testing import mock_context, mock_event
from tests.support.runtime_org import data_api
from tests.support.runtime_project import write_project

PAGE = Path(__file__).parents[3].joinpath("docs", "functions.md").read_text()


def section(title: str) -> str:
    """Return the text below a heading."""
    match = re.search(rf"^## {title}\n(.*?)(?=^## )", PAGE, re.DOTALL | re.MULTILINE)
    assert match is not None
    return match[1]


def examples(text: str) -> list[str]:
    """Return the Python in a text."""
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


(EXAMPLE,) = examples(section("The Data API"))


def call(url: str, token: str, names: list[str]) -> dict[str, Any]:
    """Call the example of the Data API for an org."""
    module: dict[str, Any] = {}
    exec(EXAMPLE, module)  # noqa: S102  # it is our own page
    context = mock_context()
    api = data_api(url, access_token=token)
    context = dataclasses.replace(context, org=dataclasses.replace(context.org, data_api=api))
    result: dict[str, Any] = asyncio.run(
        module["function"](mock_event(data={"names": names}), context)
    )
    return result


@pytest.mark.parametrize("size", [1, 2000])
def test_the_example_works(size: int) -> None:
    """The first call makes the account, the second finds it, in however many parts."""
    org = SimulatedOrg.built_in()
    org.settings = dataclasses.replace(org.settings, query_batch_size=size)
    org.data.insert("Account", {"Name": "AAA"})
    with running(org) as url:
        token = org.open_session("admin@example.com")
        first = call(url, token, ["Lovelace", "Babbage"])
        second = call(url, token, ["Byron"])

    ids = [*first["contacts"], *second["contacts"]]
    contacts = [org.data.find(record_id) or {} for record_id in ids]
    assert [each["LastName"] for each in contacts] == ["Lovelace", "Babbage", "Byron"]
    accounts = {each["AccountId"] for each in contacts}
    assert len(accounts) == 1
    account = org.data.find(accounts.pop())
    assert account is not None
    assert account["Name"] == "Acme"


@pytest.mark.slow
def test_the_commands_for_an_own_project_work(tmp_path: Path) -> None:
    """In that order, where the runtime is installed; `serve` is answered in other tests."""
    _, commands = re.findall(r"```sh\n(.*?)```", section("Your own project"), re.DOTALL)
    *lines, last = commands.splitlines()
    assert last == "sf-functions-python serve ."
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", "\n".join(lines)],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Function passed validation." in done.stdout
    assert "1 passed" in done.stdout


@pytest.mark.slow
def test_the_example_of_a_test_passes(tmp_path: Path) -> None:
    """Run as the page says: in the project's folder."""
    first, second = examples(section("Testing it"))
    (hello,) = examples(PAGE.partition("\n## ")[0])
    for name, main, test in (("hello", hello, first), ("contacts", EXAMPLE, second)):
        project = write_project(tmp_path / name, main=main, test_main=test)
        command = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(project)]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
        assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout
