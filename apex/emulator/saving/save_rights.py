"""DML as the user: what the running user may not save."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from apex.emulator.platform.access_rights import AccessRights, rights_of
from apex.emulator.saving.save_rules import SaveError

if TYPE_CHECKING:
    from apex.emulator.machine import Machine
    from apex.emulator.records import Record
    from apex.emulator.saving.save_steps import Outcome

_ACTIONS: Final = {
    "insert": ("create",),
    "update": ("edit",),
    "upsert": ("create", "edit"),
    "delete": ("delete",),
}
_CODE: Final = "INSUFFICIENT_ACCESS_OR_READONLY"


def refuse_without_rights(m: Machine, operation: str, outcomes: list[Outcome]) -> None:
    """Give an error to each record whose object, or a set field, the user may not change."""
    rights = rights_of(m.org.database, m.transaction.user_id, m.org.now())
    for each in outcomes:
        error = _error(rights, operation, each.record)
        if error is not None:
            each.errors.append(error)


def _error(rights: AccessRights, operation: str, record: Record) -> SaveError | None:
    info = record.info
    if not all(rights.may(action, info) for action in _ACTIONS[operation]):
        return SaveError(_CODE, f"Access to entity '{info.name}' denied", ())
    hidden = [
        info.fields[name].name
        for name in record.values
        if operation != "delete" and not rights.may_field("edit", info, info.fields[name])
    ]
    if not hidden:
        return None
    told = f"Operation failed due to fields being inaccessible on Sobject {info.name}"
    return SaveError(_CODE, f"{told}, check errors on Exception or Result!", tuple(hidden))
