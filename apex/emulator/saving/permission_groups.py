"""Permission set groups: Outdated until they are calculated, which an org does in its own time.

Source: https://developer.salesforce.com/docs/atlas.en-us.apexcode.meta/apexcode/apex_testing_permission_set_groups.htm
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator.saving.save_rules import SaveError

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.platform.database import Row
    from apex.emulator.source.schema import ObjectInfo

_GROUP: Final = "PermissionSetGroup"
UPDATED: Final = "Updated"


def set_status(m: Machine, group_id: str, status: str) -> None:
    """Note whether what a group grants is calculated.

    Raises:
        KeyError: there is no such group.
    """
    m.org.database.put(_GROUP, {**m.org.database.rows(_GROUP)[group_id], "status": status})


def outdate_group(m: Machine, info: ObjectInfo, row: Row) -> None:
    """Have a group that got or lost a permission set wait for its calculation."""
    if info.name == "PermissionSetGroupComponent":
        set_status(m, row["permissionsetgroupid"], "Outdated")


def assignment_error(m: Machine, info: ObjectInfo, row: Row) -> list[SaveError]:
    """Refuse to assign a group that is not calculated."""
    group_id = row.get("permissionsetgroupid")
    if info.name != "PermissionSetAssignment" or group_id is None:
        return []
    status = m.org.database.rows(_GROUP)[group_id].get("status")
    if status == UPDATED:
        return []
    told = f"The permission set group is {status}: it can't be assigned until it is Updated"
    return [SaveError("FIELD_INTEGRITY_EXCEPTION", told, ("PermissionSetGroupId",))]
