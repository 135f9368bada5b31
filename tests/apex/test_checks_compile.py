"""What Salesforce's compiler must find: each mistake is a class, all are compiled in one run."""

import tomllib
from pathlib import Path
from typing import Final

import pytest

from apex.checks.compilation import KNOWN, check_compilation
from apex.checks.finding import Finding
from apex.checks.project import Project
from tests.apex.checked_copy import REPOSITORY, Copy, require_programs

LONG: Final = "NameOfFortyOneLettersWhichIsOneLetterMore"
CLASSES: Final = {
    "GlobalReturn": (
        "global interface {} {{ Hidden a(); }}",
        "global methods do not support return type of Hidden",
    ),
    "GlobalInPublic": (
        "public class {} {{ global void a() {{ }} }}",
        "Defining type for global methods must be declared as global",
    ),
    "ReservedName": (
        "public class {} {{ void a() {{ Integer currency = 1; }} }}",
        "Identifier name is reserved: currency",
    ),
    "LineAtTheEnd": (
        "public class {} {{ void a() {{ Integer a_ = 1; }} }}",
        "Invalid character in identifier: a_",
    ),
    LONG: ("public class {} {{ }}", f"Identifier name is too long: {LONG}"),
    "NoOverride": (
        "public class {} extends Base {{ public void a() {{ }} }}",
        "must use the override keyword",
    ),
    "OverridesNothing": (
        "public class {} {{ override public void b() {{ }} }}",
        "@Override specified for non-overriding method",
    ),
    "OverridesFinal": (
        "public class {} extends Base {{ override public void c() {{ }} }}",
        "Non-virtual, non-abstract methods cannot be overridden",
    ),
    "ExtendsFinal": ("public class {} extends Closed {{ }}", "cannot be extended: Closed"),
    "FinalField": (
        "public class {} {{ final Integer n = 1; void a() {{ n = 2; }} }}",
        "Final members can only be assigned in their declaration",
    ),
    "TwoScopes": ("public class {} {{ public private void a() {{ }} }}", "can only have one scope"),
    "AbstractWithBody": (
        "public abstract class {} {{ public abstract void a() {{ }} }}",
        "Abstract methods cannot have a body",
    ),
    "AbstractInPlain": (
        "public class {} {{ public abstract void a(); }}",
        "Defining type for abstract methods must be declared as abstract",
    ),
    "StaticInner": (
        "public class {} {{ class Inside {{ static void a() {{ }} }} }}",
        "static can only be used on methods of a top level type",
    ),
    "ProtectedStatic": (
        "public virtual class {} {{ protected static void a() {{ }} }}",
        "protected methods cannot be static",
    ),
    "PrivateTop": ("private class {} {{ }}", "Top-level type must have public or global"),
    "AnnotationProperty": (
        "public class {} {{ @AuraEnabled(cachable=true) public static void a() {{ }} }}",
        "No such property, cachable",
    ),
    "AnnotationTwice": (
        "public class {} {{ @TestVisible @TestVisible void a() {{ }} }}",
        "Duplicate modifier: TestVisible",
    ),
    "AuraEnabledSet": (
        "public class {} {{ @AuraEnabled public static Set<Id> a() {{ return null; }} }}",
        "AuraEnabled methods do not support return type of Set<Id>",
    ),
    "TwoInvocableMethods": (
        (
            "public class {} {{ @InvocableMethod public static void a(List<Id> b) {{ }}"
            " @InvocableMethod public static void c(List<Id> d) {{ }} }}"
        ),
        "Only one method per type can be defined with: InvocableMethod",
    ),
    "FutureThatReturns": (
        "public class {} {{ @future static Integer a() {{ return 1; }} }}",
        "Future methods do not support return type of Integer",
    ),
    "TestInPlain": (
        "public class {} {{ @IsTest static void a() {{ }} }}",
        "Defining type for IsTest methods must be declared as IsTest",
    ),
    "ExceptionByName": (
        "public class {} {{ class Trouble extends Exception {{ }} }}",
        "must have a name ending in Exception",
    ),
    "CatchOrder": (
        (
            "public class {} {{ void a() {{ try {{ a(); }} catch (Exception e) {{ a(); }}"
            " catch (DmlException e) {{ a(); }} }} }}"
        ),
        "Exception type already caught: system.DmlException",
    ),
    "MethodTwice": ("public class {} {{ void a() {{ }} void A() {{ }} }}", "already defined"),
    "MissingMethod": ("public class {} implements Queueable {{ }}", "must implement the method"),
    "UnknownField": (
        "public class {} {{ void a(AsyncFunctionInvocationRequest__c b) {{ b.Stauts__c = ''; }} }}",
        "Variable does not exist: Stauts__c",
    ),
}
"""Whole classes, each with one mistake, and what must be said about it."""
OTHERS: Final = {
    "Hidden": "public enum Hidden { A }\n",
    "Closed": "public class Closed { }\n",
    "Base": "public virtual class Base { public virtual void a() { } public void c() { } }\n",
}
"""Classes without a mistake."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """Return what the compiler says when every wrong class is there."""
    require_programs()
    copy = Copy.into(tmp_path_factory.mktemp("compile"))
    for name, (text, _) in CLASSES.items():
        copy.write_class(name, text.format(name) + "\n")
    for name, text in OTHERS.items():
        copy.write_class(name, text)
    return list(check_compilation(Project(copy.root)))


@pytest.mark.parametrize("name", CLASSES)
def test_compiler_reports_a_wrong_class(name: str, found: list[Finding]) -> None:
    """What the org would not compile is reported in its words, by file and line."""
    said = [each for each in found if each.path.name == f"{name}.cls"]

    assert any(CLASSES[name][1] in each.text and each.line == 1 for each in said)


def test_compiler_reports_nothing_else(found: list[Finding]) -> None:
    """What nobody broke is right, but for what is known and has its reason."""
    assert {each.path.stem for each in found} == set(CLASSES)


@pytest.mark.parametrize("everywhere", [True, False])
def test_known_message_is_of_its_class_or_of_all(tmp_path: Path, everywhere: bool) -> None:
    """What is known of one class is reported of another, unless it is said to be of all."""
    require_programs()
    known = tmp_path / "known.toml"
    known.write_text(
        '[[message]]\nfile = "FunctionRequestContexts.cls"\ntext = "Variable *.SObjectType"\n'
        f'why = "so"\neverywhere = {str(everywhere).lower()}\n',
        "utf-8",
    )

    found = check_compilation(Project(REPOSITORY), known)

    of_tokens = {each.path.name for each in found if each.text.endswith(".SObjectType")}
    assert "FunctionRequestContexts.cls" not in of_tokens
    assert ("FunctionsTestAdmin.cls" in of_tokens) is not everywhere


def test_known_message_that_is_not_said_is_reported(tmp_path: Path) -> None:
    """The list of what is known holds nothing that is over; what it does not hold is reported."""
    require_programs()
    known = tmp_path / "known.toml"
    known.write_text('[[message]]\nfile = "Function.cls"\ntext = "gone"\nwhy = "so"\n', "utf-8")

    *found, last = check_compilation(Project(REPOSITORY), known)

    assert "of Function.cls: remove 'gone'" in last.text
    assert {each["file"] for each in listed()} <= {each.path.name for each in found}


def test_known_messages_have_reasons() -> None:
    """Whoever adds a message says why it is no mistake of ours; and they stay few."""
    assert all(each["why"].endswith(".") for each in listed())
    assert 0 < len(listed()) < 20


def listed() -> list[dict[str, str]]:
    """Return what the list of known messages holds."""
    messages: list[dict[str, str]] = tomllib.loads(KNOWN.read_text("utf-8"))["message"]
    return messages
