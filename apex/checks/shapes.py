"""Metadata files have the elements of their type, once or often, with values that it knows."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apex.checks.components import is_part
from apex.checks.finding import Finding
from apex.checks.project import API_VERSION, META
from apex.checks.xml_tree import NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.project import Document, Project
    from apex.checks.xml_tree import Element

Shape = dict[str, Any]
_WITH_META = (".cls", ".trigger", ".page")
"""Files that come with a metadata file of the same name."""


@cache
def shapes() -> dict[str, Shape]:
    """Return ``metadata.toml``: what each type may hold."""
    return tomllib.loads((Path(__file__).parent / "metadata.toml").read_text("utf-8"))


def check_files(project: Project) -> Iterator[Finding]:
    """Every file is of a known type, in its type's folder, with its metadata file beside it."""
    yield from project.not_xml()
    present = set(project.files)
    for path in project.files:
        yield from _placed(path)
        name = path.name
        beside = path.with_name(name + META)
        if name.endswith(_WITH_META) and beside not in present:
            yield Finding(path, 0, f"add {beside.name}: without it the file is not deployed")
        if name.endswith(tuple(each + META for each in _WITH_META)):
            source = path.with_name(name.removesuffix(META))
            if source not in present:
                yield Finding(path, 0, f"{source.name} is missing: add it or remove this file")


def _placed(path: Path) -> Iterator[Finding]:
    if not path.name.endswith(META):
        if not path.name.endswith(_WITH_META) and not is_part(path):
            yield Finding(path, 0, "no Salesforce type has files of this name: it is not deployed")
        return
    for name, shape in shapes().items():
        if path.name.endswith(shape["suffix"]):
            if shape["folder"] not in path.parts:
                yield Finding(path, 0, f"a {name} belongs into a folder {shape['folder']}/")
            return
    yield Finding(path, 0, "unknown type: mind the file's suffix, or add it to metadata.toml")


def check_shapes(project: Project) -> Iterator[Finding]:
    """Roots, namespaces, elements and simple values are those of the Metadata API."""
    for name, shape in shapes().items():
        for document in project.documents(shape["suffix"]):
            root = document.root
            if root.tag != name or root.namespace != NAMESPACE:
                yield document.at(root, f'the root must be <{name} xmlns="{NAMESPACE}">')
                continue
            yield from _elements(document, root, shape)


def _elements(document: Document, element: Element, shape: Shape) -> Iterator[Finding]:
    once = {*shape.get("required", ()), *shape.get("optional", ())}
    often = set(shape.get("many", ()))
    seen: set[str] = set()
    for child in element.children:
        if child.tag not in once | often:
            yield document.at(child, f"<{element.tag}> has no element <{child.tag}>: remove it")
        elif child.tag in seen and child.tag not in often:
            yield document.at(child, f"<{child.tag}> is there twice: remove one")
        seen.add(child.tag)
        yield from _value(document, child, shape)
        if (inner := shape.get("within", {}).get(child.tag)) is not None:
            yield from _elements(document, child, inner)
        elif child.children:
            inside = child.children[0]
            yield document.at(inside, f"<{child.tag}> holds text, not <{inside.tag}>")
    for missing in sorted(set(shape.get("required", ())) - seen):
        yield document.at(element, f"<{element.tag}> needs an element <{missing}>: add it")


def _value(document: Document, child: Element, shape: Shape) -> Iterator[Finding]:
    allowed = shape.get("words", {}).get(child.tag)
    if child.tag in shape.get("flags", ()):
        allowed = ["true", "false"]
    if allowed is not None and child.text not in allowed:
        wanted = ", ".join(allowed)
        yield document.at(child, f"<{child.tag}> cannot be {child.text!r}: write one of {wanted}")


def check_versions(project: Project) -> Iterator[Finding]:
    """One API version for all: the checks use the library of exactly that release."""
    if (told := project.definition.get("sourceApiVersion")) != API_VERSION:
        text = f"sourceApiVersion is {told}, everything else is {API_VERSION}"
        yield Finding(project.definition_path, 0, text)
    for document in project.documents():
        for version in document.root.all("apiVersion"):
            if version.text != API_VERSION:
                text = f"<apiVersion> is {version.text}, everything else is {API_VERSION}"
                yield document.at(version, text)
