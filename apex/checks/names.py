"""Names are told once, fit their files, and labels are short enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.checks.finding import Finding
from apex.checks.project import META, SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apex.checks.project import Document, Project

_LONGEST: Final = 40
"""Characters of a label, and of the name of a list or a button."""
_LABELS: Final = {
    ".field-meta.xml": ("label",),
    ".listView-meta.xml": ("label",),
    ".md-meta.xml": ("label",),
    ".object-meta.xml": ("label", "pluralLabel"),
}
_NAMED: Final = (".compactLayout-meta.xml", ".listView-meta.xml", ".webLink-meta.xml")


def check_names(project: Project) -> Iterator[Finding]:
    """No name is there twice, whatever its case; each is its file's; labels have 40 characters."""
    yield from _once(project)
    for document in project.documents():
        yield from _own_name(document)
        yield from _labels(document)


def _once(project: Project) -> Iterator[Finding]:
    named: dict[str, list[Path]] = {}
    for path in project.with_suffix(*SOURCES, ".page"):
        named.setdefault(path.name.lower(), []).append(path)
    for paths in named.values():
        for path in paths if len(paths) > 1 else ():
            text = "another file has this name, and names have no case: rename one"
            yield Finding(path, 0, text)


def _own_name(document: Document) -> Iterator[Finding]:
    if not document.path.name.endswith(_NAMED):
        return
    wanted = document.path.name.removesuffix(META).rpartition(".")[0]
    element = document.root.first("fullName")
    if element is not None and element.text != wanted:
        yield document.at(element, f"<fullName> is {element.text}, the file {wanted}")
    if len(wanted) > _LONGEST:
        text = f"is longer than {_LONGEST} characters: rename the file"
        yield document.at(document.root, f"the name {wanted} {text}")


def _labels(document: Document) -> Iterator[Finding]:
    for suffix, tags in _LABELS.items():
        for tag in tags if document.path.name.endswith(suffix) else ():
            element = document.root.first(tag)
            if element is not None and len(element.text) > _LONGEST:
                text = f"holds {_LONGEST} characters, not {len(element.text)}"
                yield document.at(element, f"<{tag}> {text}")
