"""XML with line numbers: what a metadata file says, and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
_BETWEEN = "\n"
"""Stands between namespace and name; no name can hold it."""


class NotXmlError(Exception):
    """A text is not well-formed XML."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(slots=True)
class Element:
    """One element."""

    tag: str
    """Without its namespace."""
    namespace: str
    line: int
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """Its own text, without blanks around."""
    attributes: dict[str, str] = field(default_factory=dict)
    """By their names without namespace: ``type`` is ``xsi:type``."""

    def all(self, tag: str) -> Iterator[Element]:
        """Yield the children of this name."""
        return (each for each in self.children if each.tag == tag)

    def below(self) -> Iterator[Element]:
        """Yield it and everything in it."""
        yield self
        for child in self.children:
            yield from child.below()

    def first(self, tag: str) -> Element | None:
        """Return the first child of this name."""
        return next(self.all(tag), None)

    def value(self, tag: str, default: str = "") -> str:
        """Return the text of the first child of this name."""
        child = self.first(tag)
        return default if child is None else child.text

    def is_true(self, tag: str) -> bool:
        """Return whether a flag is set; one that is not there is not."""
        return self.value(tag) == "true"


def read_xml(content: bytes) -> Element:
    """Return the root element.

    Raises:
        NotXmlError: the text is not well-formed.
    """
    top = Element("", "", 1)
    stack = [top]
    parser = expat.ParserCreate(namespace_separator=_BETWEEN)

    def start(name: str, attributes: dict[str, str]) -> None:
        namespace, _, tag = name.rpartition(_BETWEEN)
        element = Element(tag, namespace, parser.CurrentLineNumber)
        for key, value in attributes.items():
            element.attributes[key.rpartition(_BETWEEN)[2]] = value
        stack[-1].children.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        element = stack.pop()
        element.text = element.text.strip()

    def characters(text: str) -> None:
        stack[-1].text += text

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise NotXmlError(error.lineno, expat.ErrorString(error.code)) from error
    return top.children[0]
