"""The functions that users copy work: alone, and behind the proxy with a simulated org."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from localstack.container import wait_until_ready
from localstack.stack import Stage, started
from tests.system.examples.toolchains import LIMIT_S, ROOT, built, run

pytestmark = pytest.mark.timeout(2 * LIMIT_S)

ORG_READERS = ["typescriptfunction", "javafunction"]
PAYLOAD = ROOT / "examples" / "typescriptfunction" / "payload.json"


@pytest.mark.parametrize(
    ("name", "command", "passed"),
    [
        ("typescriptfunction", "npm test", r"# pass 5\n# fail 0"),
        ("javafunction", "mvn --batch-mode test", r"Tests run: 4, Failures: 0, Errors: 0"),
        ("anylanguage", "go vet . && go test -count=1 -v .", r"--- PASS: TestServe"),
    ],
)
def test_an_example_passes_its_own_tests(name: str, command: str, passed: str) -> None:
    """What is copied comes with tests that run with the language's own tools, without an org."""
    assert re.search(passed, run(command, built(f"examples/{name}")))


@contextmanager
def served(name: str, folder: Path) -> Iterator[Stage]:
    """Run the container with one of the examples, started as its README says."""
    command = "exec ./start" if name == "anylanguage" else ""
    settings = {"FUNCTION_DIR": str(built(f"examples/{name}")), "FUNCTION_COMMAND": command}
    with started(folder, **settings) as stage:
        wait_until_ready(stage.container)
        yield stage


@pytest.mark.parametrize("name", ORG_READERS)
def test_an_example_reads_and_writes_the_org(name: str, tmp_path: Path) -> None:
    """It answers the accounts, adds the payload's company with a contact, and that only once."""
    with served(name, tmp_path) as stage:
        stage.org.data.insert("Account", {"Name": "Acme"})
        first, second = (stage.invoke(PAYLOAD.read_bytes()) for _ in range(2))
        nothing = stage.invoke(b"null")

    assert [first.status_code, second.status_code, nothing.status_code] == [200, 200, 200]
    assert names_of(first.json()) == ["Acme"]
    assert first.json()["added"]["contactId"].startswith("003")
    assert names_of(second.json()) == names_of(nothing.json()) == ["Acme", "Analytical Engines"]
    assert second.json().get("added") is None
    assert second.json()["accounts"][1]["id"] == first.json()["added"]["accountId"]


def names_of(answer: dict[str, Any]) -> list[str]:
    """Return the names of the accounts in an answer."""
    return [account["name"] for account in answer["accounts"]]


def test_a_function_in_any_language_is_called_by_apex(tmp_path: Path) -> None:
    """The function without a runtime is served by the container, and its errors are its own."""
    payload = (ROOT / "examples" / "anylanguage" / "payload.json").read_bytes()
    with served("anylanguage", tmp_path) as stage:
        greeted, failed = stage.invoke(payload), stage.invoke(b"{}")

    assert (greeted.status_code, greeted.json()) == (200, {"greeting": "Hello, Ada!"})
    assert failed.status_code == 500
    assert json.loads(unquote(failed.headers["X-Extra-Info"]))["isFunctionError"]


def test_the_lock_names_versions_and_no_registry() -> None:
    """Whoever installs the example asks the registry of their own, for exactly these packages."""
    folder = ROOT / "examples" / "typescriptfunction"
    lock = json.loads((folder / "package-lock.json").read_text())
    package = json.loads((folder / "package.json").read_text())
    locked = [entry for path, entry in lock["packages"].items() if path]

    assert len(locked) > 300
    assert [entry for entry in locked if "resolved" in entry or "integrity" not in entry] == []
    asked = package["dependencies"] | package["devDependencies"]
    assert {name: lock["packages"][f"node_modules/{name}"]["version"] for name in asked} == asked


def test_another_java_runtime_is_refused(tmp_path: Path) -> None:
    """The runtime's jar is the one whose checksum the build knows."""
    folder = built("examples/javafunction")
    pom = (folder / "pom.xml").read_text()
    other = re.sub(r"(<runtime.sha256>)....", r"\g<1>0000", pom)
    (tmp_path / "pom.xml").write_text(other)

    with pytest.raises(AssertionError, match="checksum"):
        run("mvn --batch-mode process-resources", tmp_path)
    assert other != pom
