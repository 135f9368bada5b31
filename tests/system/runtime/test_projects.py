"""What a newcomer sees first works: the sample function, and a project of his own."""

import subprocess
import sys
from pathlib import Path

from localstack import ROOT
from localstack.waiting import wait_until
from orgsim import SimulatedOrg, running
from salesforce_functions._internal.new_project import FILES
from tests.support.runtime import Answer, sfcontext, sffncontext
from tests.support.runtime_process import DEADLINE_S, Server, run, serving

SAMPLE = ROOT / "function"


def invoke(server: Server, org: SimulatedOrg, url: str, data: object) -> Answer:
    """Invoke a function as the administrator of an org."""
    token = org.open_session("admin@example.com")
    return server.invoke(
        data,
        ce_id="i",
        ce_sfcontext=sfcontext(orgDomainUrl=url),
        ce_sffncontext=sffncontext(accessToken=token),
    )


def test_the_sample_makes_a_contact_once(tmp_path: Path) -> None:
    """With its account; whoever asks again is told the same contact."""
    org = SimulatedOrg.built_in()
    visitor = {"name": "Ada Lovelace", "company": "Ada's \\ Acme"}
    with running(org) as url, serving(SAMPLE, tmp_path) as server:
        first, second = (invoke(server, org, url, visitor) for _ in range(2))
        wait_until(lambda: server.stdout.read_text().count("Greeted") == 2, "the lines arrive")

    contact_id = first.json["contactId"]
    told = {"greeting": "Hello, Ada Lovelace!", "calledBy": "user@example.tld"}
    assert first.json == {**told, "isNew": True, "contactId": contact_id}
    assert second.json == {**told, "isNew": False, "contactId": contact_id}
    contact = org.data.find(contact_id) or {}
    account = org.data.find(contact["AccountId"]) or {}
    assert (contact["FirstName"], contact["LastName"]) == ("Ada", "Lovelace")
    assert account["Name"] == "Ada's \\ Acme"
    assert org.counters()["requests"]["composite"]["total"] == 1
    start, *lines = server.stdout.read_text().splitlines()
    assert start == "Starting sf-functions-python v0.7.0 in single process mode."
    assert lines[0] == (
        f'company="Ada\'s \\\\ Acme" contact={contact_id} is_new invocationId=i level=info'
        ' msg="Greeted Ada Lovelace"'
    )


def test_the_sample_adds_visitors_to_accounts_that_exist(tmp_path: Path) -> None:
    """And it does without any payload."""
    org = SimulatedOrg.built_in()
    account = org.data.insert("Account", {"Name": "Walk-in"})
    with running(org) as url, serving(SAMPLE, tmp_path) as server:
        answer = invoke(server, org, url, None)

    contact = org.data.find(answer.json["contactId"]) or {}
    assert (contact["AccountId"], contact["LastName"]) == (account, "World")


def test_a_new_project_works_at_once(tmp_path: Path) -> None:
    """It passes the check, its own tests pass, and it can be served."""
    made = run("new", "My Function", cwd=tmp_path)
    project = tmp_path / "My Function"

    assert (made.returncode, made.stderr) == (0, "")
    assert "sf-functions-python serve 'My Function'" in made.stdout
    found = {str(path.relative_to(project)) for path in project.rglob("*") if path.is_file()}
    assert found == set(FILES)
    assert 'id = "my-function"' in project.joinpath("project.toml").read_text()
    assert run("check", str(project)).stdout == "Function passed validation.\n"
    tests = subprocess.run(
        [Path(sys.executable).with_name("pytest"), "-q", "--rootdir", project],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert (tests.returncode, "1 passed" in tests.stdout) == (0, True), tests.stdout
    org = SimulatedOrg.built_in()
    org.data.insert("Account", {"Name": "Acme"})
    with running(org) as url, serving(project, tmp_path) as server:
        assert invoke(server, org, url, 5).json == {"youSent": 5, "accounts": ["Acme"]}


def test_a_new_project_overwrites_nothing(tmp_path: Path) -> None:
    """One line on stderr, exit code 1."""
    tmp_path.joinpath("file").touch()

    result = run("new", ".", cwd=tmp_path)

    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == f"Error: {tmp_path} is not empty. Choose a new directory.\n"
