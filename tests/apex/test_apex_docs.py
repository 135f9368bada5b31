import re
from functools import cache
from pathlib import Path

import pytest

from apex.checks import project
from apex.checks.typecheck import check_types
from apex.emulator.embedding import EmbeddedOrg
from apex.emulator.runner import Project
from apex.tools.installed import PARSER
from tests.apex.checked_copy import Copy, require_programs

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "force-app" / "main" / "default"
PAGE = (ROOT / "docs" / "apex.md").read_text()
QUESTIONS = (ROOT / "docs" / "ask-an-org.md").read_text()
BLOCKS = re.findall(r"```apex\n(.*?)```", PAGE, re.DOTALL)

pytestmark = pytest.mark.skipif(
    not PARSER.exists(), reason="the parser is missing: npm ci --prefix apex/tools"
)


@cache
def _force_app() -> Project:
    return Project([ROOT / "force-app"])


def _stems(pattern: str) -> set[str]:
    return {path.name.split(".")[0] for path in SOURCE.rglob(pattern)}


def _run_documented(folder: Path, source: str) -> list[str | None]:
    (folder / "Documented.cls").write_text(source)
    project = Project([ROOT / "force-app", folder])
    return [project.run(test).failure for test in project.tests() if test.cls.name == "Documented"]


def test_names_in_the_apex_page_exist() -> None:
    """A class, field, object or permission set that docs/apex.md names is in force-app."""
    known = _stems("*.cls") | _stems("*.field-meta.xml") | _stems("*.permissionset-meta.xml")
    known |= _stems("*.object-meta.xml") | _stems("*.cachePartition-meta.xml")
    inner = set(re.findall(r"class (\w+)", "".join(p.read_text() for p in SOURCE.rglob("*.cls"))))
    of_others = {"PENDING", "WAITING", "ERROR", "FAILED", "CalloutException"}
    of_others |= {"PlatformEventSubscriberConfig", "AuraHandledException"}

    named = set(re.findall(r"`([A-Z][A-Za-z]+(?:__c|__mdt)?)`", PAGE))

    assert named - known - inner - of_others == set()
    assert len(named) > 20


def test_methods_in_the_apex_page_exist() -> None:
    """What docs/apex.md calls on our classes is there under that name."""
    calls = set(re.findall(r"\b(Function[A-Za-z]*)\.(\w+)\(", PAGE))
    sources = {path.stem: path.read_text() for path in SOURCE.rglob("*.cls")}

    missing = [call for call in calls if not re.search(rf"\b{call[1]}\(", sources[call[0]])]

    assert missing == []
    assert len(calls) > 4


def test_first_example_of_the_apex_page_runs(tmp_path: Path) -> None:
    """The calls at the top of docs/apex.md do what they say, with an answer and with an error."""
    calls, callback = BLOCKS[0].split("public class")
    body = f"""
        @isTest public class Documented {{
            static String used;
            static Integer told;
            static void use(String response) {{ used = response; }}
            static void tell(Integer status, String message) {{ told = status; }}
            public class {callback}
            static void call(Integer status) {{
                FunctionsTestDataFactory.useFunction('sfhxhello.pythonfunction');
                Test.setMock(
                    HttpCalloutMock.class,
                    FunctionInvocationCalloutMocks.respond(status, '"hi"', null)
                );
                String visitor = 'Ada';
                {calls}
            }}
            @isTest static void answered() {{ call(200); Assert.areEqual('"hi"', used); }}
            @isTest static void failed() {{ call(500); Assert.areEqual(500, told); }}
        }}"""

    assert _run_documented(tmp_path, body) == [None, None]


def test_test_of_the_apex_page_passes(tmp_path: Path) -> None:
    """The test that docs/apex.md shows passes as it stands there."""
    shown = next(block for block in BLOCKS if "@isTest" in block)

    assert _run_documented(tmp_path, f"@isTest private class Documented {{ {shown} }}") == [None]


def test_schedules_of_the_apex_page_run() -> None:
    """The jobs that docs/apex.md schedules can be scheduled, and run to their end."""
    org = EmbeddedOrg(_force_app())
    commands = re.findall(r"`(System\.schedule\('([^']+)'.*?;)`", PAGE)

    for command, name in commands:
        org.run(command)
        outcomes = [org.run_scheduled(name), *org.run_jobs()]

        assert [each.failure for each in outcomes] == [None, None]  # the schedule, and its batch
    assert len(commands) == 2


def test_apex_to_paste_compiles(tmp_path: Path) -> None:
    """What docs/ask-an-org.md has people paste names what there is."""
    require_programs()
    copy = Copy.into(tmp_path)
    for number, block in enumerate(re.findall(r"```apex\n(.*?)```", QUESTIONS, re.DOTALL)):
        copy.write_class(
            f"Pasted{number}",
            f"public class Pasted{number} {{\n    static void paste() {{\n{block}    }}\n}}\n",
        )

    assert list(check_types(project.Project(copy.root))) == []
