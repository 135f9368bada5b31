"""force-app as it lies on the disk, read once for all checks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from apex.checks.finding import Finding
from apex.checks.xml_tree import Element, NotXmlError, read_xml
from apex.parser.parsing import Parsed, parse

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

API_VERSION: Final = "65.0"
"""The one release that everything under force-app is written for."""
META: Final = "-meta.xml"
NOT_DEPLOYED: Final = "__tests__"
"""Folders that ``.forceignore`` leaves out."""
SOURCES: Final = (".cls", ".trigger")
"""What the Apex parser reads."""


@dataclass(frozen=True, slots=True)
class Document:
    """A metadata file."""

    path: Path
    root: Element

    def at(self, element: Element, text: str) -> Finding:
        """Report something about one of its elements."""
        return Finding(self.path, element.line, text)


@dataclass(frozen=True, slots=True)
class Source:
    """A class or a trigger."""

    path: Path
    text: str
    parsed: Parsed

    @property
    def name(self) -> str:
        """Its name, which is that of its file."""
        return self.path.stem

    def at(self, line: int, text: str) -> Finding:
        """Report something about one of its lines."""
        return Finding(self.path, line, text)


@dataclass(frozen=True, slots=True)
class CustomObject:
    """An object of ours with its fields, by lower-case name."""

    document: Document
    name: str
    fields: dict[str, Document]

    @property
    def is_metadata_type(self) -> bool:
        """Whether its records are deployed as files."""
        return self.name.endswith("__mdt")

    @property
    def is_event(self) -> bool:
        """Whether its records are platform events."""
        return self.name.endswith("__e")


class Project:
    """An SFDX project."""

    def __init__(self, root: Path) -> None:
        """Read nothing yet; ``root`` holds ``sfdx-project.json``."""
        self.root = root
        self.definition_path = root / "sfdx-project.json"

    @cached_property
    def definition(self) -> dict[str, Any]:
        """Return ``sfdx-project.json``.

        Raises:
            OSError, ValueError: there is none, or it is no JSON.
        """
        told: dict[str, Any] = json.loads(self.definition_path.read_text("utf-8"))
        return told

    @cached_property
    def folders(self) -> list[Path]:
        """Return the package directories.

        Raises:
            KeyError: ``sfdx-project.json`` names none.
        """
        return [self.root / each["path"] for each in self.definition["packageDirectories"]]

    @cached_property
    def files(self) -> list[Path]:
        """Return every file below the package directories, but for tests of components."""
        found = (path for folder in self.folders for path in folder.rglob("*"))
        return sorted(
            path
            for path in found
            if path.is_file() and not path.name.startswith(".") and NOT_DEPLOYED not in path.parts
        )

    def with_suffix(self, *suffixes: str) -> Iterator[Path]:
        """Yield the files whose name ends so."""
        return (path for path in self.files if path.name.endswith(suffixes))

    @cached_property
    def _xml(self) -> dict[Path, Document | Finding]:
        return {path: _read(path) for path in self.with_suffix(META)}

    def not_xml(self) -> Iterator[Finding]:
        """Yield the metadata files that are not well-formed."""
        return (each for each in self._xml.values() if isinstance(each, Finding))

    def documents(self, suffix: str = META) -> Iterator[Document]:
        """Yield the well-formed metadata files of one type."""
        for path, each in self._xml.items():
            if path.name.endswith(suffix) and isinstance(each, Document):
                yield each

    @cached_property
    def sources(self) -> dict[str, Source]:
        """Return all classes and triggers, by lower-case name."""
        return {
            path.stem.lower(): Source(path, text, parse(text))
            for path in self.with_suffix(*SOURCES)
            for text in [path.read_text("utf-8", "replace")]
        }

    @cached_property
    def objects(self) -> dict[str, CustomObject]:
        """Return our objects, by lower-case name."""
        return {
            name.lower(): CustomObject(document, name, self._fields(document.path.parent))
            for document in self.documents(".object-meta.xml")
            for name in [document.path.parent.name]
        }

    def _fields(self, folder: Path) -> dict[str, Document]:
        return {
            document.path.name.removesuffix(".field-meta.xml").lower(): document
            for document in self.documents(".field-meta.xml")
            if document.path.parent.parent == folder
        }

    def field(self, qualified: str) -> Document | None:
        """Return a field of ours by ``Object__c.Field__c``."""
        name, _, field = qualified.lower().partition(".")
        owner = self.objects.get(name)
        return None if owner is None else owner.fields.get(field)


def _read(path: Path) -> Document | Finding:
    try:
        return Document(path, read_xml(path.read_bytes()))
    except NotXmlError as error:
        return Finding(path, error.line, f"not well-formed XML: {error.reason}")
