"""Mistakes that an org would refuse, made in a copy of force-app: the whole check names the file.

Those of the first table are all made in one copy, which is checked once, without the Apex tests.
Those of the second are found by the Apex tests, each in a copy of the framework's classes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from apex.emulator.runner import Project
from tests.apex.checked_copy import REPOSITORY, Copy, require_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUEST: Final = "AsyncFunctionInvocationRequest__c"
OBJECT: Final = f"objects/{REQUEST}"
RECORD: Final = "customMetadata/FunctionReference.sfhxhello_{}function.md-meta.xml"
LAYOUT: Final = f"layouts/{REQUEST}-Async Function Invocation Request Layout.layout-meta.xml"
ADMIN: Final = "permissionsets/FunctionsAdmin.permissionset-meta.xml"
RESEND: Final = "pages/FunctionRequestResend.page"
LONG: Final = "N" * 41
EDITS: Final = {
    "global type that is not": (
        "classes/functions/FunctionInvocationStatus.cls",
        r"global enum",
        "public enum",
        "FunctionInvocation.cls",
        "global methods do not support return type of FunctionInvocationStatus",
    ),
    "value above its field's length": (
        RECORD.format("python"),
        r">65\.0<",
        f">{'6' * 300}<",
        "holds",
    ),
    "flag that is no flag": (
        RECORD.format("java"),
        r">false</value>",
        ">no</value>",
        "CacheToken__c is a Checkbox, which 'no' is not",
    ),
    "label of 41 letters": (
        RECORD.format("typescript"),
        r"<label>[^<]*",
        f"<label>{LONG}",
        "<label> holds 40 characters, not 41",
    ),
    "field on a layout": (LAYOUT, r"<field>StatusCode__c", "<field>Stats__c", "no field Stats__c"),
    "field twice on a layout": (
        LAYOUT,
        r"<field>FunctionName__c",
        "<field>Status__c",
        "<field> Status__c is there twice",
    ),
    "required field that no layout shows": (
        f"{OBJECT}/fields/FunctionName__c.field-meta.xml",
        r"<required>false",
        "<required>true",
        "Layout.layout-meta.xml",
        "FunctionName__c is required: show it",
    ),
    "external id that is a long text": (
        f"{OBJECT}/fields/Callback__c.field-meta.xml",
        r"<label>",
        "<externalId>true</externalId><label>",
        "a LongTextArea cannot be <externalId>",
    ),
    "label of a field": (
        f"{OBJECT}/fields/SentAt__c.field-meta.xml",
        r"<label>[^<]*",
        f"<label>{LONG}",
        "<label> holds 40 characters, not 41",
    ),
    "visibility of a tab": (
        ADMIN,
        r"<visibility>Visible",
        "<visibility>DefaultOn",
        "<visibility> cannot be 'DefaultOn'",
    ),
    "change all, but not see all": (
        ADMIN,
        r"<viewAllRecords>true",
        "<viewAllRecords>false",
        "<modifyAllRecords> needs <viewAllRecords>",
    ),
    "column of a list": (
        f"{OBJECT}/listViews/Failed.listView-meta.xml",
        r"<columns>CREATEDBY_USER",
        "<columns>CREATED_BY",
        "there is no standard field CREATED_BY",
    ),
    "name of a list": (
        f"{OBJECT}/listViews/Today.listView-meta.xml",
        r"<fullName>Today",
        "<fullName>Todays",
        "<fullName> is Todays, the file Today",
    ),
    "columns of a list": (
        f"{OBJECT}/listViews/Overdue.listView-meta.xml",
        r"<filterScope>",
        "<columns>OWNER.ALIAS</columns>" * 8 + "<filterScope>",
        "a list has 15 columns at most",
    ),
    "page of a mass action": (
        RESEND,
        r' recordSetVar="requests"',
        "",
        "takes an ApexPages.StandardController",
    ),
    "host of somebody": (
        "remoteSiteSettings/JavaFunction.remoteSite-meta.xml",
        r"<url>[^<]*",
        "<url>https://javafunction.herokuapp.com",
        "javafunction.herokuapp.com belongs to somebody",
    ),
}
"""File, what is replaced by what, the file that must be named if it is another, and with what."""
CLASSES: Final = {
    LONG: ("public class {} {{\n}}\n", "Identifier name is too long"),
    "ReservedName": (
        "public class {} {{\n    void a() {{\n        Integer currency = 1;\n    }}\n}}\n",
        "Identifier name is reserved",
    ),
    "CatchOrder": (
        (
            "public class {} {{\n    void a() {{\n        try {{\n            a();\n"
            "        }} catch (Exception e) {{\n            a();\n"
            "        }} catch (DmlException e) {{\n            a();\n        }}\n    }}\n}}\n"
        ),
        "already caught",
    ),
    "AuraEnabledSet": (
        (
            "public class {} {{\n    @AuraEnabled\n    public static Set<Id> a() {{\n"
            "        return null;\n    }}\n}}\n"
        ),
        "AuraEnabled methods do not support return type of Set<Id>",
    ),
    "TwoInvocables": (
        (
            "public class {} {{\n    @InvocableMethod\n    public static void a(List<Id> b) {{\n"
            "    }}\n    @InvocableMethod\n    public static void c(List<Id> d) {{\n    }}\n}}\n"
        ),
        "Only one method per type can be defined with: InvocableMethod",
    ),
    "InvocableEnum": (
        "public class {} {{\n    @InvocableVariable\n    public FunctionInvocationStatus a;\n}}\n",
        "an @InvocableVariable holds a primitive",
    ),
    "functionorg": ("public class {} {{\n}}\n", "another file has this name"),
}
"""Classes more, and what must be said of each."""
STEPS: Final = ("types", "compile", "consistency", "lint", "formatting")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the whole check prints, but for the Apex tests, when all mistakes are made."""
    require_programs()
    copy = Copy.into(tmp_path_factory.mktemp("seeds"))
    for name, old, new, *_ in EDITS.values():
        copy.edit(name, old, new)
    for name, (text, _) in CLASSES.items():
        copy.write_class(name, text.format(name))
    record = copy.path(RECORD.format("java"))
    shutil.copy(record, record.with_name(f"FunctionReference.{LONG}.md-meta.xml"))
    done = subprocess.run(
        [sys.executable, "-m", "apex", "check", *STEPS, "--project", str(copy.root)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.parametrize("mistake", EDITS)
def test_an_edited_file_is_named(told: str, mistake: str) -> None:
    """A mistake in a file that is there makes the check fail, with the file and what is wrong."""
    name, _, _, *wanted = EDITS[mistake]
    file = wanted[-2] if len(wanted) > 1 else Path(name).name

    assert any(f"{file}:" in line and wanted[-1] in line for line in told.splitlines())


@pytest.mark.parametrize("name", CLASSES)
def test_a_wrong_class_is_named(told: str, name: str) -> None:
    """So does a class that the org would not take."""
    lines = [line for line in told.splitlines() if f"/{name}.cls:" in line]

    assert any(CLASSES[name][1] in line for line in lines)


def test_a_record_with_a_long_name_is_named(told: str) -> None:
    """The name of a record of custom metadata has 40 letters at most."""
    assert re.search(rf"FunctionReference\.{LONG}\.md-meta\.xml:\d+: '{LONG}' is not an API", told)


RUN: Final = {
    "second finalizer": (
        "AsyncFunctionInvocationQueueable",
        "System.attachFinalizer(progress);",
        "System.attachFinalizer(progress); System.attachFinalizer(progress);",
        "FunctionInvokeAsyncTests",
    ),
    "order of locked rows": (
        "FunctionCallbackUser",
        "FOR UPDATE",
        "ORDER BY Name FOR UPDATE",
        "FunctionCallbackUserTests",
    ),
    "filter on a long text": (
        "FunctionCallbackUser",
        "WHERE Id IN :recordIds",
        "WHERE Callback__c != NULL AND Id IN :recordIds",
        "FunctionCallbackUserTests",
    ),
    "record twice in an update": (
        "FunctionCallbackUser",
        "update as system records;",
        "records.add(records[0]); update as system records;",
        "FunctionCallbackUserTests",
    ),
    "key of the cache": (
        "FunctionsTokenCache",
        "return 't' +",
        "return 't-' +",
        "FunctionsAuthProviderTests",
    ),
    "savepoint before a callout": (
        "FunctionInvoker",
        "return new FunctionHttpAnswer(",
        "Savepoint before = Database.setSavepoint(); return new FunctionHttpAnswer(",
        "FunctionInvokeTests",
    ),
}
"""Class, what is replaced by what, and the tests of which one fails."""


@pytest.fixture(scope="module")
def framework(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the framework's classes to make mistakes in."""
    require_programs()
    root = tmp_path_factory.mktemp("run") / "force-app"
    users = shutil.ignore_patterns("examples", "operations", "pages")
    shutil.copytree(REPOSITORY / "force-app", root, ignore=users)
    yield root
    shutil.rmtree(root)


@pytest.mark.parametrize("mistake", RUN)
def test_a_mistake_that_only_a_run_shows_is_found(framework: Path, mistake: str) -> None:
    """What an org refuses at run time makes an Apex test fail, which names a class and a line."""
    cls, old, new, tests = RUN[mistake]
    path = framework / "main" / "default" / "classes" / "functions" / f"{cls}.cls"
    original = path.read_text("utf-8")
    assert original.count(old) == 1
    try:
        path.write_text(original.replace(old, new), "utf-8")
        project = Project([framework])
        runs = [project.run(test) for test in project.tests() if test.cls.name == tests]
    finally:
        path.write_text(original, "utf-8")

    failures = [run.failure for run in runs if run.failure is not None]
    assert failures
    assert all(re.search(r"\w+\.cls:\d+", failure) for failure in failures)
