"""Objects, fields and custom metadata records, read from the project's XML."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from apex.emulator.source.standard_objects import STANDARD_OBJECTS, SYSTEM_FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_NS: Final = "{http://soap.sforce.com/2006/04/metadata}"
_XSI_NIL: Final = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldInfo:
    """One field of an object."""

    name: str
    kind: str
    """The metadata's type: ``Text``, ``LongTextArea``, ``Number``, ``Lookup``..."""
    label: str = ""
    length: int | None = None
    scale: int = 0
    precision: int | None = None
    required: bool = False
    unique: bool = False
    external_id: bool = False
    default: str | None = None
    """As an expression in the metadata: ``true``, ``'text'``, ``3``."""
    reference_to: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    """Of a picklist."""
    restricted: bool = False
    writable: bool = True

    @property
    def relationship(self) -> str | None:
        """The name that leads to the parent record: ``Owner`` of ``OwnerId``."""
        if self.kind not in ("Lookup", "MasterDetail", "MetadataRelationship"):
            return None
        if self.name.endswith("__c"):
            return self.name[:-1] + "r"
        return self.name[:-2] if self.name.endswith("Id") else None


@dataclass(eq=False, slots=True)
class ObjectInfo:
    """One object."""

    name: str
    key_prefix: str
    label: str = ""
    fields: dict[str, FieldInfo] = field(default_factory=dict)
    """By lower-case name."""
    auto_number: str | None = None
    """The display format of an automatic Name, such as ``R-{0000}``."""

    @property
    def is_metadata(self) -> bool:
        """Whether its records are part of the project."""
        return self.name.lower().endswith("__mdt")

    @property
    def is_event(self) -> bool:
        """Whether it is a platform event, whose records nobody keeps."""
        return self.name.lower().endswith("__e")


@dataclass(eq=False, slots=True)
class Schema:
    """What the org knows about its objects."""

    objects: dict[str, ObjectInfo] = field(default_factory=dict)
    """By lower-case name."""
    metadata: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Custom metadata records by lower-case object name; fields by lower-case name, as text."""
    permission_sets: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Label, whether it needs activation, and what it grants, by API name."""
    cache_partitions: set[str] = field(default_factory=set)
    """Platform Cache partitions by lower-case name."""

    def find(self, name: str) -> ObjectInfo | None:
        """Return an object by its name in any case."""
        return self.objects.get(name.lower())


def load_schema(folders: Iterable[Path]) -> Schema:
    """Read all metadata below the folders; standard objects come along."""
    schema = Schema()
    for name, prefix, fields in STANDARD_OBJECTS:
        info = ObjectInfo(name, prefix, name)
        info.fields = {
            f.lower(): _standard_field(f, kind) for f, kind in {**SYSTEM_FIELDS, **fields}.items()
        }
        schema.objects[name.lower()] = info
    custom = 0
    for folder in folders:
        for path in sorted(folder.rglob("*.object-meta.xml")):
            schema.objects[path.parent.name.lower()] = info = _read_object(path, custom)
            custom += not info.is_event
        for path in sorted(folder.rglob("*.md-meta.xml")):
            _read_record(schema, path)
        for path in sorted(folder.rglob("*.permissionset-meta.xml")):
            name = path.name.removesuffix(".permissionset-meta.xml")
            schema.permission_sets[name] = _read_permission_set(_root(path))
        for path in folder.rglob("*.cachePartition-meta.xml"):
            schema.cache_partitions.add(path.name.split(".")[0].lower())
    return schema


def _standard_field(name: str, kind: str) -> FieldInfo:
    """Read ``Text(80)``, ``Lookup(User)``, ``Text(80)!`` (required) or ``Checkbox=true``."""
    kind, _, default = kind.partition("=")
    required, kind = kind.endswith("!"), kind.rstrip("!")
    base, _, inside = kind.rstrip(")").partition("(")
    return FieldInfo(
        name=name,
        kind=base,
        label=name,
        length=int(inside) if inside.isdigit() else None,
        reference_to=(inside,) if base == "Lookup" else (),
        required=required,
        default=default or None,
        writable=name not in SYSTEM_FIELDS or name in ("OwnerId", "Name"),
    )


def _root(path: Path) -> ET.Element:
    return ET.parse(path).getroot()  # noqa: S314 - the project's own files


def _text(node: ET.Element, name: str) -> str | None:
    found = node.find(f"{_NS}{name}")
    return None if found is None else (found.text or "")


def _read_object(path: Path, number: int) -> ObjectInfo:
    root = _root(path)
    name = path.parent.name
    metadata = name.endswith("__mdt")
    kind = "m" if metadata else "e" if name.endswith("__e") else "a"
    info = ObjectInfo(name, f"{kind}{number:02d}", _text(root, "label") or name)
    info.fields = {f.lower(): _standard_field(f, kind) for f, kind in SYSTEM_FIELDS.items()}
    if metadata:
        for extra in (
            "DeveloperName",
            "MasterLabel",
            "Label",
            "Language",
            "NamespacePrefix",
            "QualifiedApiName",
        ):
            info.fields[extra.lower()] = _standard_field(extra, "Text(80)")
    name_field = root.find(f"{_NS}nameField")
    if name_field is not None and _text(name_field, "type") == "AutoNumber":
        info.auto_number = _text(name_field, "displayFormat") or "{0}"
        info.fields["name"] = replace(info.fields["name"], writable=False)
    elif not metadata:
        info.fields["name"] = _standard_field("Name", "Text(80)")
    for each in sorted((path.parent / "fields").glob("*.field-meta.xml")):
        read = _read_field(_root(each))
        info.fields[read.name.lower()] = read
    return info


def _read_field(root: ET.Element) -> FieldInfo:
    values = [
        _text(value, "fullName") or ""
        for value in root.iterfind(f"{_NS}valueSet/{_NS}valueSetDefinition/{_NS}value")
    ]
    chosen = [
        _text(value, "fullName")
        for value in root.iterfind(f"{_NS}valueSet/{_NS}valueSetDefinition/{_NS}value")
        if _text(value, "default") == "true"
    ]
    kind = _text(root, "type") or "Text"
    restricted = root.find(f"{_NS}valueSet/{_NS}restricted")
    return FieldInfo(
        name=_text(root, "fullName") or "",
        kind=kind,
        label=_text(root, "label") or "",
        length=int(_text(root, "length") or (255 if kind in ("TextArea", "Picklist", "Url") else 0))
        or None,
        scale=int(_text(root, "scale") or 0),
        precision=int(_text(root, "precision") or 0) or None,
        required=_text(root, "required") == "true",
        unique=_text(root, "unique") == "true",
        external_id=_text(root, "externalId") == "true",
        default=f"'{chosen[0]}'" if chosen else _text(root, "defaultValue"),
        reference_to=tuple(filter(None, [_text(root, "referenceTo")])),
        values=tuple(values),
        restricted=restricted is not None and restricted.text == "true",
        writable=_text(root, "formula") is None,
    )


def _read_permission_set(root: ET.Element) -> dict[str, Any]:
    """Read a permission set, its grants as rows of `ObjectPermissions` and `FieldPermissions`."""
    return {
        "label": _text(root, "label"),
        "hasactivationrequired": _text(root, "hasActivationRequired") == "true",
        "objects": [
            {
                "sobjecttype": _text(each, "object"),
                "permissionscreate": _text(each, "allowCreate") == "true",
                "permissionsread": _text(each, "allowRead") == "true",
                "permissionsedit": _text(each, "allowEdit") == "true",
                "permissionsdelete": _text(each, "allowDelete") == "true",
            }
            for each in root.iterfind(f"{_NS}objectPermissions")
        ],
        "fields": [
            {
                "sobjecttype": (_text(each, "field") or "").partition(".")[0],
                "field": _text(each, "field"),
                "permissionsread": _text(each, "readable") == "true",
                "permissionsedit": _text(each, "editable") == "true",
            }
            for each in root.iterfind(f"{_NS}fieldPermissions")
        ],
    }


def _read_record(schema: Schema, path: Path) -> None:
    """Read ``Type.Record.md-meta.xml`` into the records of ``Type__mdt``."""
    kind, name = path.name.removesuffix(".md-meta.xml").split(".", 1)
    root = _root(path)
    label = _text(root, "label")
    record: dict[str, Any] = {
        "developername": name,
        "qualifiedapiname": name,
        "masterlabel": label,
        "label": label,
        "language": "en_US",
        "namespaceprefix": None,
    }
    for values in root.iterfind(f"{_NS}values"):
        value = values.find(f"{_NS}value")
        nil = value is None or value.get(_XSI_NIL) == "true"
        record[(_text(values, "field") or "").lower()] = (
            None if nil or value is None else (value.text or "")
        )
    schema.metadata.setdefault(f"{kind}__mdt".lower(), []).append(record)
