"""Lightning web components: their bundles are whole, and name what there is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from apex.checks.declarations import PUBLIC, Type, declared
from apex.checks.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from apex.checks.project import Document, Project

FOLDER: Final = "lwc"
SUFFIXES: Final = (".css", ".html", ".js", ".svg")
"""Of files that a bundle may hold beside its metadata file."""
META: Final = ".js-meta.xml"
_NAME: Final = re.compile(r"[a-z](?:_?[A-Za-z0-9])*")
_IMPORT: Final = re.compile(
    r"""^import .* from ['"](@salesforce/apex/[^'"]*|\.[^'"]*)['"]""", re.MULTILINE
)
_METHOD: Final = re.compile(r"@salesforce/apex/(?:\w+\.)??(\w+)\.(\w+)")
_API: Final = re.compile(r"@api\s+(?:get\s+|set\s+)?(\w+)")


def is_part(path: Path) -> bool:
    """Whether a file is of a component's bundle, and of a kind that is deployed with it."""
    return path.parent.parent.name == FOLDER and path.name.endswith(SUFFIXES)


def check_components(project: Project) -> Iterator[Finding]:
    """Each bundle has its script and metadata; its imports, targets and properties fit."""
    bundles = {path.parent for path in project.files if path.parent.parent.name == FOLDER}
    for folder in sorted(bundles):
        if not _NAME.fullmatch(folder.name):
            text = "a component's name begins with a small letter, then letters and digits"
            yield Finding(folder, 0, text)
        for name in (f"{folder.name}.js", f"{folder.name}{META}"):
            if folder / name not in project.files:
                yield Finding(folder, 0, f"add {name}: without it the component is not deployed")
    types = declared(project)
    for path in project.with_suffix(".js"):
        if is_part(path):
            yield from _imports(types, path)
    for document in project.documents(META):
        yield from _targets(document)
        yield from _properties(document)


def _imports(types: dict[str, Type], path: Path) -> Iterator[Finding]:
    text = path.read_text("utf-8")
    for found in _IMPORT.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        module = found[1]
        if module.startswith("."):
            if not (path.parent / module).with_suffix(".js").is_file():
                yield Finding(path, line, f"{module}.js is not in this bundle")
        elif (reason := _why_not_callable(types, module)) is not None:
            yield Finding(path, line, reason)


def _why_not_callable(types: dict[str, Type], module: str) -> str | None:
    named = _METHOD.fullmatch(module)
    if named is None:
        return f"{module} is no method: write @salesforce/apex/Class.method"
    owner = types.get(named[1].lower())
    members = () if owner is None else owner.named(named[2])
    # Here, other than in Apex, the case of a name counts.
    exact = [each for each in members if each.name == named[2]]
    if not exact:
        return f"there is no method {named[1]}.{named[2]}"
    marks = exact[0].marks
    if not {"static"} <= marks.words or not marks.words & PUBLIC:
        return f"{named[1]}.{named[2]} must be public and static"
    if "auraenabled" not in marks.annotations:
        return f"{named[1]}.{named[2]} is not @AuraEnabled: no component may call it"
    return None


def _targets(document: Document) -> Iterator[Finding]:
    root = document.root
    targets = {each.text for group in root.all("targets") for each in group.all("target")}
    exposed = root.first("isExposed")
    if exposed is not None and (exposed.text == "true") != bool(targets):
        text = "a component is exposed to its targets: name some, or none and isExposed false"
        yield document.at(exposed, text)
    for config in root.below():
        told = config.attributes.get("targets", "") if config.tag == "targetConfig" else ""
        for missing in sorted(set(filter(None, map(str.strip, told.split(",")))) - targets):
            yield document.at(config, f"{missing} is not among the <targets>")


def _properties(document: Document) -> Iterator[Finding]:
    script = document.path.with_name(document.path.name.removesuffix("-meta.xml"))
    if not script.is_file():
        return
    known = set(_API.findall(script.read_text("utf-8")))
    for each in document.root.below():
        name = each.attributes.get("name", "")
        if each.tag == "property" and name not in known:
            yield document.at(each, f"{script.name} has no @api {name}")
