"""What Salesforce's own compiler says about all classes and triggers, before it would emit code.

It is the compiler that orgs run, driven by ``compiler/Validate.java``. It knows no org, so it is
told of the objects and their fields. Where its library lacks something of the platform,
``compiler/library`` has it, or what is said of it is listed in ``compiler/known.toml``.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What the compiler says although the code is right."""

    file: str
    """A class of which it is said."""
    text: str
    """The message; ``*`` stands for any text."""
    why: str
    everywhere: bool = False
    """Whether it is no mistake in other classes either."""

    def covers(self, found: Finding) -> bool:
        """Return whether this is what was said."""
        pattern = ".*".join(map(re.escape, self.text.split("*")))
        is_here = self.everywhere or found.path.name == self.file
        return is_here and re.fullmatch(pattern, found.text) is not None


def check_compilation(project: Project, known: Path = KNOWN) -> Iterator[Finding]:
    """Report what the compiler says, but for what is ``known``; and what is, but is not said."""
    expected = [_Known(**each) for each in tomllib.loads(known.read_text("utf-8"))["message"]]
    said: set[_Known] = set()
    for found in _compile(project):
        covering = [each for each in expected if each.covers(found)]
        said.update(covering)
        if not covering:
            yield found
    present = {path.name for path in project.files}
    for each in expected:
        if each not in said and each.file in present:
            text = f"the compiler does not say this of {each.file}: remove {each.text!r}"
            yield Finding(known, 0, text)


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
