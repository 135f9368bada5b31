"""The fields of Salesforce's own objects, as apex-ls knows them.

apex-ls comes with one Java class per standard object, whose public fields are the object's. Their
names and types stand in the class file, which is read here. Source: The Java Virtual Machine
Specification, chapter 4.
"""

from __future__ import annotations

import struct
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Final

from apex.tools.installed import JARS, require

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE: Final = "com/nawforce/runforce/SObjects/"
_SIZES: Final = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4}
_SIZES_LATER: Final = {15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}
_UTF8: Final = 1
_STATIC: Final = 0x0008
_TWO_PLACES: Final = (5, 6)
"""Long and double count for two entries of the constant pool."""


@cache
def standard_fields(name: str) -> dict[str, str] | None:
    """Return the fields of a standard object, by lower-case name, or None if there is none.

    A relationship such as ``Owner`` is a field too; its value is the object it leads to. The
    value of any other field is "".
    """
    found = _class_files().get(name.lower())
    if found is None:
        return None
    jar, entry = found
    with zipfile.ZipFile(jar) as archive:
        return dict(_fields(archive.read(entry)))


@cache
def _class_files() -> dict[str, tuple[str, str]]:
    require()
    jar = next(JARS.glob("sobject-types-*.jar"))
    with zipfile.ZipFile(jar) as archive:
        return {
            entry.removeprefix(_PACKAGE).removesuffix(".class").lower(): (str(jar), entry)
            for entry in archive.namelist()
            if entry.startswith(_PACKAGE) and entry.endswith(".class") and "$" not in entry
        }


def _fields(content: bytes) -> Iterator[tuple[str, str]]:
    texts, at = _texts(content)
    (interfaces,) = struct.unpack_from(">H", content, at + 6)
    at += 8 + 2 * interfaces
    (count,) = struct.unpack_from(">H", content, at)
    at += 2
    for _ in range(count):
        flags, name, descriptor, attributes = struct.unpack_from(">4H", content, at)
        at += 8
        for _ in range(attributes):
            (size,) = struct.unpack_from(">I", content, at + 2)
            at += 6 + size
        target = texts[descriptor].removeprefix("L").removesuffix(";")
        leads_to = target.removeprefix(_PACKAGE) if target.startswith(_PACKAGE) else ""
        if not flags & _STATIC:
            yield texts[name].lower(), leads_to


def _texts(content: bytes) -> tuple[dict[int, str], int]:
    """Return the constant pool's texts by number, and where the pool ends."""
    (count,) = struct.unpack_from(">H", content, 8)
    texts = {}
    number, at = 1, 10
    while number < count:
        tag = content[at]
        if tag == _UTF8:
            (size,) = struct.unpack_from(">H", content, at + 1)
            texts[number] = content[at + 3 : at + 3 + size].decode("utf-8", "replace")
            at += 3 + size
        else:
            at += 1 + (_SIZES | _SIZES_LATER)[tag]
        number += 2 if tag in _TWO_PLACES else 1
    return texts, at
