"""What Salesforce's own compiler says about all classes and triggers, before it would emit code.

It is the compiler that orgs run, driven by ``compiler/Validate.java``. It knows no org, so it is
told of the objects and their fields. Where its library lacks something of the platform,
``compiler/library`` has it, or what is said of it is listed in ``compiler/known.toml``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

from apex.checks.finding import Finding
from apex.tools.installed import COMPILER, JARS, ToolFailedError, run_java_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.project import CustomObject, Project

_HERE: Final = Path(__file__).parent / "compiler"
_PROGRAM: Final = _HERE / "Validate.java"
KNOWN: Final = _HERE / "known.toml"
"""Messages that are no mistakes of ours."""
_TYPES: Final = {
    "Checkbox": "Boolean",
    "Currency": "Decimal",
    "Date": "Date",
    "DateTime": "Datetime",
    "Lookup": "Id",
    "MasterDetail": "Id",
    "Number": "Decimal",
    "Percent": "Decimal",
    "Time": "Time",
}
"""What Apex sees of a field's type; everything else is a String."""
_OF_ALL: Final = {"Id": "Id", "Name": "String", "SystemModstamp": "Datetime"}
_OF_RECORDS: Final = {
    "CreatedBy": "User",
    "CreatedById": "Id",
    "CreatedDate": "Datetime",
    "LastModifiedBy": "User",
    "LastModifiedById": "Id",
    "LastModifiedDate": "Datetime",
    "OwnerId": "Id",
}
_OF_METADATA: Final = {
    "DeveloperName": "String",
    "Label": "String",
    "MasterLabel": "String",
    "NamespacePrefix": "String",
    "QualifiedApiName": "String",
}


def check_compilation(project: Project, known: Path = KNOWN) -> Iterator[Finding]:
    """Report what the compiler says, but for what is ``known``; and what is, but is not said."""
    expected = tomllib.loads(known.read_text("utf-8"))["message"]
    texts = {(each["file"], each["text"]) for each in expected}
    said = set()
    for found in _compile(project):
        key = (found.path.name, found.text)
        said.add(key)
        if key not in texts:
            yield found
    present = {path.name for path in project.files}
    for file, text in sorted(texts - said):
        if file in present:
            yield Finding(known, 0, f"the compiler does not say this of {file}: remove {text!r}")


def _compile(project: Project) -> Iterator[Finding]:
    jars = [COMPILER, *JARS.glob("sobject-types-*.jar"), *JARS.glob("standard-types-*.jar")]
    text = "".join(f"{line}\n" for line in _told(project))
    done = run_java_source(_PROGRAM, jars, *jars[:2], _HERE / "library", text=text)
    if done.returncode != 0:
        said = done.stderr[-1000:]
        raise ToolFailedError(f"the compiler exited with {done.returncode}: {said}")
    for line in done.stdout.splitlines():
        path, number, message = line.split("\t", 2)
        yield Finding(Path(path), max(int(number), 0), message)


def _told(project: Project) -> Iterator[str]:
    for path in project.with_suffix(".cls", ".trigger"):
        yield f"source\t{path}"
    for owner in project.objects.values():
        for name, data_type in _fields(owner).items():
            yield f"field\t{owner.name}\t{name}\t{data_type}"


def _fields(owner: CustomObject) -> dict[str, str]:
    ours = {
        field.root.value("fullName"): _TYPES.get(field.root.value("type"), "String")
        for field in owner.fields.values()
    }
    return {**_OF_ALL, **(_OF_METADATA if owner.is_metadata_type else _OF_RECORDS), **ours}
