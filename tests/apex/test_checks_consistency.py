"""What the consistency step must find: each mistake in a copy of force-app of its own."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import pytest

from apex.checks.consistency import check_apex, check_consistency, check_metadata
from apex.checks.finding import Finding
from apex.checks.project import Project
from tests.apex.checked_copy import (
    MAIN,
    META,
    REPOSITORY,
    SEED_FIELD,
    Copy,
    require_programs,
    where,
)

Check = Callable[[Project], Iterable[Finding]]

REQUEST: Final = "AsyncFunctionInvocationRequest__c"
FIELDS: Final = f"objects/{REQUEST}/fields"
RECORD: Final = "customMetadata/FunctionReference.sfhxhello_pythonfunction.md-meta.xml"
SESSION_SET: Final = "permissionsets/PythonFunction.permissionset-meta.xml"
PAGE: Final = "pages/InvokePythonFunction.page"
GRANT: Final = (
    "<fieldPermissions><editable>{editable}</editable><field>{field}</field>"
    "<readable>{readable}</readable></fieldPermissions>"
)


def grant(field: str, *, editable: str = "false", readable: str = "true") -> tuple[str, str]:
    """Return how to add a field permission to a permission set."""
    text = GRANT.format(editable=editable, field=field, readable=readable)
    return "</PermissionSet>", f"{text}</PermissionSet>"


EDITS: Final = {
    "truncated XML": (SESSION_SET, r"</PermissionSet>", "", "not well-formed"),
    "mismatched tags": (RECORD, r"</label>", "</lable>", "not well-formed"),
    "wrong root": (
        "remoteSiteSettings/ThisOrg.remoteSite-meta.xml",
        r"<RemoteSiteSetting (.*)</RemoteSiteSetting>",
        r"<RemoteSite \1</RemoteSite>",
        "root must be <RemoteSiteSetting",
    ),
    "wrong namespace": (SESSION_SET, r"2006/04/metadata", "2006/metadata", "root must be"),
    "unknown element": (SESSION_SET, r"<label>", "<lable>a</lable><label>", "no element <lable>"),
    "unknown inner element": (
        SESSION_SET,
        r"<allowRead>",
        "<allowReed>true</allowReed><allowRead>",
        "no element <allowReed>",
    ),
    "missing element": (SESSION_SET, r"<label>.*?</label>", "", "needs an element <label>"),
    "element twice": (SESSION_SET, r"<label>", "<label>a</label><label>", "<label> is there twice"),
    "neither true nor false": (
        SESSION_SET,
        r"<hasActivationRequired>true",
        "<hasActivationRequired>yes",
        "<hasActivationRequired> cannot be 'yes'",
    ),
    "other API version": (
        "pages/InvokePythonFunction.page-meta.xml",
        r"65\.0",
        "57.0",
        "<apiVersion> is 57.0",
    ),
    "field type": (f"{FIELDS}/Status__c.field-meta.xml", r"<type>Text", "<type>Texxt", "'Texxt'"),
    "field name": (
        f"{FIELDS}/Status__c.field-meta.xml",
        r"<fullName>Status__c",
        "<fullName>State__c",
        "<fullName> is State__c, the file Status__c",
    ),
    "text too long": (
        f"{FIELDS}/Status__c.field-meta.xml",
        r"<length>\d+",
        "<length>256",
        "<length> of a Text must be 1 to 255",
    ),
    "long text too long": (
        f"{FIELDS}/Response__c.field-meta.xml",
        r"<length>\d+",
        "<length>131073",
        "<length> of a LongTextArea must be 256 to 131072",
    ),
    "long text without lines": (
        f"{FIELDS}/Response__c.field-meta.xml",
        r"<visibleLines>\d+</visibleLines>",
        "",
        "a LongTextArea needs an element <visibleLines>",
    ),
    "number without digits": (
        f"{FIELDS}/StatusCode__c.field-meta.xml",
        r"<precision>\d+</precision>",
        "",
        "a Number needs an element <precision>",
    ),
    "grant of an unknown field": (
        SESSION_SET,
        *grant(f"{REQUEST}.Stauts__c"),
        f"there is no field {REQUEST}.Stauts__c",
    ),
    "grant of an unknown standard field": (
        SESSION_SET,
        *grant("Account.Naem"),
        "there is no field Account.Naem",
    ),
    "grant twice": (SESSION_SET, *grant(f"{REQUEST}.Status__c"), "is there twice"),
    "editable, not readable": (
        SESSION_SET,
        *grant(f"{REQUEST}.Request__c", editable="true", readable="false"),
        "<editable> needs <readable>",
    ),
    "field of an object without access": (
        SESSION_SET,
        *grant("Lead.Title"),
        "cannot read Lead",
    ),
    "field of a custom metadata type": (
        SESSION_SET,
        *grant("FunctionReference__mdt.Endpoint__c"),
        "have no permissions",
    ),
    "edit without read": (
        SESSION_SET,
        rf"<allowRead>true</allowRead>(.{{0,120}}<object>{REQUEST})",
        r"<allowRead>false</allowRead>\1",
        "<allowEdit> needs <allowRead>",
    ),
    "outcome not editable": (
        SESSION_SET,
        rf"<editable>true</editable>(\s*<field>{REQUEST}\.Response__c)",
        r"<editable>false</editable>\1",
        f"make {REQUEST}.Response__c editable",
    ),
    "unknown class": (
        "permissionsets/FunctionsAdmin.permissionset-meta.xml",
        r"<apexClass>\w+",
        "<apexClass>NobodyWroteThis",
        "there is no NobodyWroteThis",
    ),
    "record with an unknown field": (
        RECORD,
        r"<field>Endpoint__c",
        "<field>Endpiont__c",
        "no field Endpiont__c",
    ),
    "record with another type": (
        RECORD,
        r'xsd:string">https',
        'xsd:double">https',
        'write xsi:type="xsd:string"',
    ),
    "record with an unknown permission set": (
        RECORD,
        r">PythonFunction</value>",
        ">PythonFunctoin</value>",
        "there is no permission set PythonFunctoin",
    ),
    "record with a permanent permission set": (
        SESSION_SET,
        r"<hasActivationRequired>true",
        "<hasActivationRequired>false",
        "needs no activation",
    ),
    "record without a remote site": (
        "remoteSiteSettings/PythonFunction.remoteSite-meta.xml",
        r"<url>https://",
        "<url>https://other",
        "is in no remote site",
    ),
    "record without TLS": (RECORD, r">https://", ">http://", "write an https:// address"),
    "record with somebody's host": (
        RECORD,
        r">https://[^<]*",
        ">https://pythonfunction.herokuapp.com",
        "pythonfunction.herokuapp.com belongs to somebody",
    ),
    "remote site with somebody's host": (
        "remoteSiteSettings/ThisOrg.remoteSite-meta.xml",
        r"<url>[^<]*",
        "<url>https://mycompany.my.salesforce.com",
        "mycompany.my.salesforce.com belongs to somebody",
    ),
    "remote site with a name that looks reserved": (
        "remoteSiteSettings/ThisOrg.remoteSite-meta.xml",
        r"<url>[^<]*",
        "<url>https://replace-example.com",
        "replace-example.com belongs to somebody",
    ),
    "placeholder that is not replaced": (
        RECORD,
        r"your-consumer-key",
        "your-other-key",
        "your-other-key stays as it is: add it to the replacements",
    ),
    "replacement of what is not there": (
        "remoteSiteSettings/ThisOrg.remoteSite-meta.xml",
        r"<url>[^<]*",
        "<url>https://mine.replace-me.example.com",
        "ThisOrg.remoteSite-meta.xml has no 'https://my-domain.replace-me.example.com'",
    ),
    "page without its class": (
        PAGE,
        r'extensions="\w+"',
        'extensions="NobodyWroteThis"',
        "there is no class NobodyWroteThis",
    ),
    "page with an unknown action": (
        PAGE,
        r'action="\{!invoke\w+\}"',
        'action="{!invokeSnyc}"',
        "no action invokeSnyc",
    ),
    "page with an unknown property": (
        PAGE,
        r"</apex:form>",
        '<apex:outputText value="{!answre}" /></apex:form>',
        "nothing here is called answre",
    ),
    "page of an unknown object": (
        PAGE,
        r'standardController="\w+"',
        'standardController="Acount"',
        "there is no object Acount",
    ),
    "page with an action that it may not call": (
        "classes/examples/InvokePythonFunction.cls",
        r"public void invokeSyncFromButton",
        "private void invokeSyncFromButton",
        "the action invokeSyncFromButton must be public",
    ),
    "grant of a required field": (
        f"{FIELDS}/RequestId__c.field-meta.xml",
        r"<required>false",
        "<required>true",
        "is required, so everybody has it",
    ),
    "unknown button": (
        f"objects/{REQUEST}/{REQUEST}.object-meta.xml",
        r"<listViewButtons>\w+",
        "<listViewButtons>Nothing",
        "there is no button Nothing",
    ),
    "list view with an unknown standard field": (
        f"objects/{REQUEST}/listViews/Failed.listView-meta.xml",
        r"<columns>CREATEDBY_USER",
        "<columns>CREATED_BY",
        "there is no standard field CREATED_BY",
    ),
    "list view filtered by an unknown standard field": (
        f"objects/{REQUEST}/listViews/Today.listView-meta.xml",
        r"<field>CREATED_DATE",
        "<field>CreatedDate",
        "there is no standard field CreatedDate",
    ),
    "search layout with an unknown standard field": (
        f"objects/{REQUEST}/{REQUEST}.object-meta.xml",
        r"Fields>CREATED_DATE",
        "Fields>CREATEDDATE",
        "there is no standard field CREATEDDATE",
    ),
    "layout with an unknown standard field": (
        f"layouts/{REQUEST}-Async Function Invocation Request Layout.layout-meta.xml",
        r"<field>CreatedById",
        "<field>CreatedBy",
        "there is no standard field CreatedBy",
    ),
    "list page without its variable": (
        "pages/FunctionRequestResend.page",
        r' recordSetVar="requests"',
        "",
        "takes an ApexPages.StandardController: the page has no recordSetVar",
    ),
    "list button of a page of one record": (
        "pages/FunctionRequestResend.page",
        r" recordSetVar=",
        " title2=",
        "this button needs a list page: set recordSetVar in FunctionRequestResend",
    ),
    "list button of another object's page": (
        "pages/FunctionRequestResend.page",
        rf'standardController="{REQUEST}"',
        'standardController="Account"',
        f"the page FunctionRequestResend needs standardController='{REQUEST}'",
    ),
    "button of one record with a list page": (
        f"objects/{REQUEST}/webLinks/ResendFunctionRequests.webLink-meta.xml",
        r">massActionButton",
        ">button",
        "needs a page of one record: remove recordSetVar",
    ),
    "button of one record on a list": (
        f"objects/{REQUEST}/webLinks/ResendFunctionRequests.webLink-meta.xml",
        r">massActionButton",
        ">button",
        "is a button of the page of one record",
    ),
    "list page whose extension is for one record": (
        "classes/functions/operations/FunctionRequestResend.cls",
        r"ApexPages\.StandardSetController",
        "ApexPages.StandardController",
        "takes an ApexPages.StandardSetController: the page has recordSetVar",
    ),
    "list view with an unknown field": (
        f"objects/{REQUEST}/listViews/Failed.listView-meta.xml",
        r"<columns>\w+__c",
        "<columns>Nothing__c",
        "no field Nothing__c",
    ),
}
"""File, what is replaced by what, and what must be said about it."""
CLASSES: Final = {
    "column": (
        "Object a() { return [SELECT Id, Nope__c FROM AsyncFunctionInvocationRequest__c]; }",
        "has no field Nope__c",
    ),
    "column of a standard object": (
        "Object a() { return [SELECT Naem FROM Account]; }",
        "Account has no field Naem",
    ),
    "column of a parent": (
        "Object a() { return [SELECT Owner.Naem FROM Account]; }",
        "User has no field Naem",
    ),
    "condition": (
        "Object a() { return [SELECT Id FROM FunctionReference__mdt WHERE Nope__c = 'a']; }",
        "FunctionReference__mdt has no field Nope__c",
    ),
    "inner query": (
        "Object a() { return [SELECT Id FROM Contact WHERE Id IN (SELECT Nope FROM Account)]; }",
        "Account has no field Nope",
    ),
    "constant dynamic query": (
        "Object a() { return Database.query('SELECT Nope ' + 'FROM Account'); }",
        "Account has no field Nope",
    ),
    "constant dynamic query that is none": (
        "Object a() { return Database.query('SELECT FROM Account'); }",
        "not a query",
    ),
    "private method": ("void a() { Other.hidden(); }", "Other.hidden is private"),
    "private method by instance": (
        "void a() { Other o = new Other(1); o.shy(); }",
        "Other.shy is private",
    ),
    "private constructor": ("void a() { new Shut('a'); }", "the constructor of Shut is private"),
    "for tests only": ("void a() { Other.forTests(); }", "Other.forTests is private"),
    "@future with an object": (
        "@future public static void a(Account b) { }",
        "takes primitives",
    ),
    "@future that is not static": ("@future public void a() { }", "must be static void"),
    "@InvocableMethod without a list": (
        "@InvocableMethod public static void a(String b) { }",
        "takes one List",
    ),
    "@InvocableMethod that is private": (
        "@InvocableMethod static void a(List<String> b) { }",
        "must be public static",
    ),
    "@InvocableVariable with an enum": (
        "@InvocableVariable public FunctionInvocationStatus a;",
        "holds a primitive, a record, an object of a class, or a list of them",
    ),
    "@InvocableVariable with a map": (
        "@InvocableVariable public List<Map<String, String>> a;",
        "not List<Map<String,String>>",
    ),
    "test outside of a test class": ("@IsTest static void a() { }", "top-level @IsTest class"),
    "test with a parameter": ("@IsTest static void a(String b) { }", "without parameters"),
    "unknown annotation": ("@TestVisibel private void a() { }", "@TestVisibel is no annotation"),
    "not Apex": ("void a( { }", "not Apex"),
}
"""Members of a class, and what must be said about one of them."""
OTHER: Final = """public class Other {
    public Other(Integer a) {
        hidden();
    }
    private static void hidden() {
        Integer n = 1;
    }
    void shy() {
        hidden();
    }
    @TestVisible
    private static void forTests() {
        hidden();
    }
}
"""
FILES: Final = {
    "file of an unknown type": ("classes/notes.txt", "a\n", "no Salesforce type has files"),
    "metadata of an unknown type": (
        "remoteSiteSettings/Seed.remotesite-meta.xml",
        "<RemoteSiteSetting/>\n",
        "unknown type",
    ),
    "file in another folder": (
        "classes/Seed.remoteSite-meta.xml",
        '<RemoteSiteSetting xmlns="http://soap.sforce.com/2006/04/metadata"/>\n',
        "belongs into a folder remoteSiteSettings",
    ),
    "class without its metadata": (
        "classes/Seed.cls",
        "public class Seed {\n}\n",
        "add Seed.cls-meta.xml",
    ),
    "metadata without its class": (
        "classes/Seed.cls-meta.xml",
        META.format(root="ApexClass"),
        "Seed.cls is missing",
    ),
    "object with a name of 41 letters": (
        f"objects/{'N' * 41}__c/{'N' * 41}__c.object-meta.xml",
        '<CustomObject xmlns="http://soap.sforce.com/2006/04/metadata"/>\n',
        "is longer than 40 characters",
    ),
    "field that nobody may read": (
        f"{FIELDS}/Seed__c.field-meta.xml",
        SEED_FIELD.format("<type>Text</type><length>9</length>"),
        "no permission set lets anybody read it",
    ),
}
"""A file more, and what must be said about it."""


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Return a copy without a mistake of ours."""
    require_programs()
    return Copy.into(tmp_path)


def told(copy: Copy, check: Check = check_metadata) -> list[str]:
    """Return what is reported about a copy, with the file's name and line."""
    return [each.told(copy.root) for each in check(Project(copy.root))]


@pytest.fixture(scope="module")
def told_of_classes(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what is reported when every wrong class of `CLASSES` is there."""
    require_programs()
    copy = Copy.into(tmp_path_factory.mktemp("classes"))
    copy.write_class("Other", OTHER)
    copy.write_class("Shut", "public class Shut {\n    private Shut(String a) {\n    }\n}\n")
    for number, (member, _) in enumerate(CLASSES.values()):
        copy.write_class(f"Seed{number}", f"public class Seed{number} {{\n    {member}\n}}\n")
    return told(copy, check_apex)


@pytest.mark.parametrize("mistake", EDITS)
def test_consistency_reports_an_edited_file(copy: Copy, mistake: str) -> None:
    """A mistake in what is there is reported in words that name it."""
    name, old, new, wanted = EDITS[mistake]
    copy.edit(name, old, new)

    assert any(wanted in line for line in told(copy))


@pytest.mark.parametrize(("number", "mistake"), list(enumerate(CLASSES)), ids=CLASSES)
def test_consistency_reports_a_class(told_of_classes: list[str], number: int, mistake: str) -> None:
    """A mistake that apex-ls does not see is reported where it stands."""
    _, wanted = CLASSES[mistake]
    path = f"force-app/main/default/classes/Seed{number}.cls:2:"

    assert [line for line in told_of_classes if line.startswith(path) and wanted in line]


def test_consistency_says_nothing_twice(told_of_classes: list[str]) -> None:
    """One mistake is told once, however many checks read the class."""
    assert len(told_of_classes) == len(set(told_of_classes))


@pytest.mark.parametrize("mistake", FILES)
def test_consistency_reports_a_file(copy: Copy, mistake: str) -> None:
    """A file that the org would not take, or would leave out, is reported by its name."""
    name, text, wanted = FILES[mistake]
    copy.write(name, text)

    found = [line for line in told(copy) if wanted in line]

    assert [line.partition(":")[0] for line in found] == [str(where(name))]


def test_consistency_reports_no_mistake_that_nobody_made() -> None:
    """The repository's own force-app is clean: what is found above was put there."""
    require_programs()

    assert told(Copy(REPOSITORY), check_consistency) == []


def test_consistency_reports_a_type_that_nobody_is_granted(copy: Copy) -> None:
    """A custom metadata type that no permission set names is invisible in user mode."""
    for path in copy.path("permissionsets").iterdir():
        text = path.read_text("utf-8")
        path.write_text(text.replace("<name>FunctionReference__mdt", "<name>Other__mdt"), "utf-8")

    assert any("no permission set grants FunctionReference__mdt" in line for line in told(copy))


def test_consistency_reports_what_a_deployment_would_reset(copy: Copy) -> None:
    """A function reference beside the classes is written over the org's by each deployment."""
    path = copy.path(RECORD)
    (copy.root / MAIN / "customMetadata").mkdir()
    path.rename(copy.root / MAIN / "customMetadata" / path.name)

    found = told(copy)

    assert any("is deployed with force-app, over what the org has" in line for line in found)
    assert any(f"replacements: there is no {where(RECORD)}" in line for line in found)


def test_consistency_reports_another_release_of_the_project(copy: Copy) -> None:
    """What is deployed and what is checked are of one release."""
    path = copy.root / "sfdx-project.json"
    path.write_text(path.read_text("utf-8").replace("65.0", "57.0"), "utf-8")

    assert "sfdx-project.json:1: sourceApiVersion is 57.0, everything else is 65.0" in told(copy)


def test_flow_may_hold_what_it_knows(copy: Copy) -> None:
    """Primitives, records, classes and lists of them are what an @InvocableVariable holds."""
    held = ("String", "List<List<Id>>", "Account", "List<SObject>", "Part", "FunctionActionInput")
    members = "".join(
        f"    @InvocableVariable public {each} a{number};\n" for number, each in enumerate(held)
    )
    copy.write_class("Seed", f"public class Seed {{\n    public class Part {{ }}\n{members}}}\n")

    assert not [line for line in told(copy, check_apex) if "/Seed.cls" in line]


def test_tests_may_use_what_is_visible_to_them(copy: Copy) -> None:
    """A @TestVisible member is private to all but test classes."""
    copy.write_class("Other", OTHER)
    copy.write_class(
        "Seed",
        "@IsTest\nprivate class Seed {\n    @IsTest\n    static void a() {\n"
        "        Other.forTests();\n    }\n}\n",
    )

    assert not [line for line in told(copy, check_apex) if "Other.forTests" in line]
