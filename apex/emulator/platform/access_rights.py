"""What a user may do with custom objects and fields: what assigned permission sets grant.

A deployment grants nobody anything, a System Administrator neither. Profiles grant nothing here;
standard objects, their standard fields and custom metadata are open to everybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from apex.emulator.platform.database import Database, Row
    from apex.emulator.source.schema import FieldInfo, ObjectInfo


@dataclass(frozen=True, slots=True)
class AccessRights:
    """Those of one user at one moment."""

    database: Database
    sets: frozenset[str]
    """Ids of permission sets that are on."""

    def may(self, action: str, info: ObjectInfo) -> bool:
        """Whether the user may ``create``, ``read``, ``edit`` or ``delete`` an object's records."""
        if not info.name.lower().endswith("__c"):
            return True
        return any(
            row["parentid"] in self.sets
            and row["sobjecttype"].lower() == info.name.lower()
            and row.get(f"permissions{action}")
            for row in self.database.rows("ObjectPermissions").values()
        )

    def may_field(self, action: str, info: ObjectInfo, held: FieldInfo) -> bool:
        """Whether the user may ``read`` or ``edit`` a field of an object that they may."""
        if not is_permissionable(info, held):
            return True
        wanted = f"{info.name}.{held.name}".lower()
        return any(
            row["parentid"] in self.sets
            and row["field"].lower() == wanted
            and row.get(f"permissions{action}")
            for row in self.database.rows("FieldPermissions").values()
        )


def is_permissionable(info: ObjectInfo, held: FieldInfo) -> bool:
    """Whether a field takes a permission: custom ones do, unless they are required."""
    custom = held.name.lower().endswith("__c") and not info.is_metadata
    return custom and not held.required and held.kind != "MasterDetail"


def rights_of(database: Database, user_id: str, now: datetime) -> AccessRights:
    """Return what a user's assignments grant: not what waits for a session's activation."""
    assigned = frozenset(_assigned(database, user_id, now))
    sets = database.rows("PermissionSet")
    on = {each for each in assigned if not sets[each].get("hasactivationrequired")}
    return AccessRights(database, frozenset(on))


def _assigned(database: Database, user_id: str, now: datetime) -> Iterator[str]:
    groups = database.rows("PermissionSetGroup")
    for row in database.rows("PermissionSetAssignment").values():
        expires = row.get("expirationdate")
        if row.get("assigneeid") != user_id or (expires is not None and expires <= now):
            continue
        group = groups.get(row.get("permissionsetgroupid") or "")
        if row.get("permissionsetid"):
            yield row["permissionsetid"]
        elif group is not None and _is_on(group):
            yield from _members(database, group["id"])


def _is_on(group: Row) -> bool:
    return group.get("status") == "Updated" and not group.get("hasactivationrequired")


def _members(database: Database, group_id: str) -> Iterator[str]:
    for row in database.rows("PermissionSetGroupComponent").values():
        if row["permissionsetgroupid"] == group_id:
            yield row["permissionsetid"]
