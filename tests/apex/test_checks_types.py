"""What apex-ls must find: each mistake is a class of its own, and all are checked in one run."""

from typing import Final

import pytest

from apex.checks.project import Project
from apex.checks.typecheck import check_types
from tests.apex.checked_copy import MAIN, META, SEED_FIELD, SEED_TRIGGER, Copy, require_programs

STATEMENTS: Final = {
    "UnknownMethod": "new HttpRequest().setTimeouts(1);",
    "UnknownOwnMethod": "Function.gett('a');",
    "ArgumentCount": "new HttpRequest().setHeader('a');",
    "ArgumentType": "new HttpRequest().setTimeout('soon');",
    "TextToNumber": "Integer n = 'one';",
    "DecimalToInteger": "Integer n = 1.5;",
    "FieldType": "Integer n = new Account(Name = 'a').Name;",
    "UnknownVariable": "nobody = 1;",
    "UnknownType": "Functoin f = null;",
    "UnknownEnumConstant": "FunctionInvocationStatus s = FunctionInvocationStatus.SUCCES;",
    "UnknownField": "new AsyncFunctionInvocationRequest__c().Stauts__c = 'a';",
    "UnknownFieldInConstructor": "new AsyncFunctionInvocationRequest__c(Stauts__c = 'a');",
    "UnknownObject": "List<SObject> rows = [SELECT Id FROM Nothing__c];",
    "DuplicateVariable": "Integer n = 1; Integer n = 2;",
    "ThisInStatic": "Object o = this;",
    "CatchOfNoException": "try { Integer n = 1; } catch (Account e) { Integer m = 2; }",
    "DmlOnText": "insert 'a';",
    "Unreachable": "return; Integer n = 1;",
}
"""Statements of a static method, each with one mistake."""
CLASSES: Final = {
    "MissingReturn": "public class {} {{ public Integer a() {{ Integer n = 1; }} }}",
    "MissingInterfaceMethod": "public class {} implements Schedulable {{ }}",
    "FinalSuperclass": "public class {} extends FunctionInvocationError {{ }}",
    "FinalField": "public class {} {{ final Integer n = 1; void a() {{ n = 2; }} }}",
    "OtherName": "public class NotOf{} {{ }}",
}
"""Whole classes, each with one mistake."""
CORRECT: Final = """public class Correct {
    static void a() {
        Integer n = 1;
    }
}
"""
NOT_APEX: Final = "ClassThatDoesNotParse"
FILES: Final = {
    "Orphan.cls": ("classes/Orphan.cls", "public class Orphan { }\n"),
    "Texxt": (
        "objects/AsyncFunctionInvocationRequest__c/fields/Seed__c.field-meta.xml",
        SEED_FIELD.format("<type>Texxt</type>"),
    ),
    "SeedTrigger.trigger": ("triggers/SeedTrigger.trigger", SEED_TRIGGER),
    "page": (
        "pages/Seed.page",
        '<apex:page standardController="Account" extensions="NobodyWroteThis">\n</apex:page>\n',
    ),
}
"""Other files, each with one mistake."""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the names of all files that apex-ls has something to say about."""
    require_programs()
    copy = Copy.into(tmp_path_factory.mktemp("types"))
    for name, statement in STATEMENTS.items():
        copy.write_class(
            name, f"public class {name} {{\n    static void a() {{ {statement} }}\n}}\n"
        )
    for name, text in CLASSES.items():
        copy.write_class(name, text.format(name) + "\n")
    copy.write_class(NOT_APEX, f"public class {NOT_APEX} {{ void a( {{ }}\n")
    for path, text in FILES.values():
        copy.write(path, text)
    copy.write("triggers/SeedTrigger.trigger-meta.xml", META.format(root="ApexTrigger"))
    copy.write_class("Correct", CORRECT)
    found = check_types(Project(copy.root))
    return {str(each.path.relative_to(copy.root / MAIN)) for each in found}


@pytest.mark.parametrize("name", [*STATEMENTS, *CLASSES, NOT_APEX])
def test_types_report_a_wrong_class(name: str, found: set[str]) -> None:
    """A class that the org would not compile is reported by its file."""
    assert f"classes/{name}.cls" in found


@pytest.mark.parametrize("name", FILES)
def test_types_report_a_wrong_file(name: str, found: set[str]) -> None:
    """So is a trigger, a page, a field type, or a class without its metadata file."""
    path, _ = FILES[name]

    assert path in found


def test_types_report_nothing_else(found: set[str]) -> None:
    """Everything that nobody broke is right: the repository's own classes, and a correct one."""
    broken = {f"classes/{name}.cls" for name in (*STATEMENTS, *CLASSES, NOT_APEX)}

    assert found - broken == {path for path, _ in FILES.values()}
