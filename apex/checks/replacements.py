"""What differs from org to org lies apart, and is replaced from the environment at a deployment.

Source: "Replace Strings in Code Before Deploying or Packaging" of the Salesforce DX guide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from apex.checks.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.project import Document, Project

_OF_AN_ORG: Final = (".md-meta.xml", ".remoteSite-meta.xml")
_PLACEHOLDER: Final = re.compile(r"https://\S*replace-me\.example\.com\S*|your-[a-z-]+")


def check_replacements(project: Project) -> Iterator[Finding]:
    """Configuration is in no default package directory, and its placeholders are replaced."""
    replaced: list[dict[str, Any]] = project.definition.get("replacements", [])
    for each in replaced:
        yield from _present(project, each)
    for document in project.documents():
        if document.path.name.endswith(_OF_AN_ORG):
            yield from _apart(project, document)
            yield from _covered(project, document, replaced)


def _present(project: Project, replacement: dict[str, Any]) -> Iterator[Finding]:
    name, text = str(replacement.get("filename")), str(replacement.get("stringToReplace"))
    path = project.root / name
    if not path.is_file():
        yield Finding(project.definition_path, 0, f"replacements: there is no {name}: spell it so")
    elif text not in path.read_text("utf-8"):
        yield Finding(project.definition_path, 0, f"replacements: {name} has no {text!r}")


def _apart(project: Project, document: Document) -> Iterator[Finding]:
    for each in project.definition["packageDirectories"]:
        if each.get("default") and document.path.is_relative_to(project.root / each["path"]):
            text = f"is deployed with {each['path']}, over what the org has: move it"
            yield document.at(document.root, f"{document.path.name} {text} to another directory")


def _covered(
    project: Project, document: Document, replaced: list[dict[str, Any]]
) -> Iterator[Finding]:
    name = document.path.relative_to(project.root).as_posix()
    texts = {each["stringToReplace"] for each in replaced if each.get("filename") == name}
    for element in document.root.below():
        if _PLACEHOLDER.fullmatch(element.text) and element.text not in texts:
            text = f"{element.text} stays as it is: add it to the replacements"
            yield document.at(element, f"{text} of sfdx-project.json")
