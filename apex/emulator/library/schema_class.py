"""Schema: tokens and describes of objects and fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.operations.schema_tokens import FieldsOf, FieldToken, ObjectToken
from apex.emulator.platform.access_rights import is_permissionable, rights_of
from apex.emulator.records import Record
from apex.emulator.registry import enum, getter, method, platform_type, static
from apex.emulator.values import (
    STRING,
    ApexMap,
    ApexType,
    EnumValue,
    Id,
    NotNull,
    Value,
    apex_list,
    identity_of,
)

if TYPE_CHECKING:
    from apex.emulator.machine import Machine


enum("SObjectDescribeOptions", "DEFAULT", "DEFERRED", "FULL")
platform_type("SObjectType")
platform_type("SObjectField")
platform_type("DescribeSObjectResult")
platform_type("DescribeFieldResult")


@method("SObjectType.getDescribe")
def _describe_object(token: ObjectToken, _options: EnumValue | None = None) -> ObjectToken:
    return ObjectToken(token.info, described=True)


@method("SObjectType.newSObject")
def _new_sobject(token: ObjectToken, record_id: Id | None = None) -> Record:
    return Record(token.info, {"id": record_id} if record_id else {})


@method("SObjectField.getDescribe")
def _describe_field(token: FieldToken) -> FieldToken:
    return FieldToken(token.owner, token.info, described=True)


def _names(type_name: str) -> None:
    @method(f"{type_name}.getName")
    def _name(token: ObjectToken | FieldToken) -> str:
        return token.info.name

    @method(f"{type_name}.getLocalName")
    def _local_name(token: ObjectToken | FieldToken) -> str:
        return token.info.name

    @method(f"{type_name}.getLabel")
    def _label(token: ObjectToken | FieldToken) -> str:
        return token.info.label

    @getter(f"{type_name}.name")
    def _name_property(token: ObjectToken | FieldToken) -> str:
        return token.info.name


_names("DescribeSObjectResult")
_names("DescribeFieldResult")


@method("DescribeSObjectResult.getKeyPrefix")
def _key_prefix(token: ObjectToken) -> str:
    return token.info.key_prefix


@method("DescribeSObjectResult.getSObjectType")
def _object_token(token: ObjectToken) -> ObjectToken:
    return ObjectToken(token.info)


_ACTIONS = {
    "Accessible": "read",
    "Queryable": "read",
    "Createable": "create",
    "Updateable": "edit",
    "Deletable": "delete",
}


def _rights(what: str, action: str) -> None:
    @method(f"DescribeSObjectResult.is{what}")
    def _may(m: Machine, token: ObjectToken) -> bool:
        return rights_of(m.org.database, m.transaction.user_id, m.org.now()).may(action, token.info)

    @method(f"DescribeFieldResult.is{what}")
    def _may_field(m: Machine, token: FieldToken) -> bool:
        rights = rights_of(m.org.database, m.transaction.user_id, m.org.now())
        read = "read" if action == "read" else "edit"
        writable = action == "read" or token.info.writable
        return (
            writable
            and rights.may(action, token.owner)
            and rights.may_field(read, token.owner, token.info)
        )


for _what, _action in _ACTIONS.items():
    _rights(_what, _action)


@method("DescribeFieldResult.isPermissionable")
def _is_permissionable(token: FieldToken) -> bool:
    return is_permissionable(token.owner, token.info)


@getter("DescribeSObjectResult.fields")
def _fields_of(token: ObjectToken) -> FieldsOf:
    return FieldsOf(token.info)


@method("SObjectTypeFields.getMap")
def _field_map(source: FieldsOf) -> ApexMap:
    made = ApexMap(STRING, ApexType("SObjectField"))
    for name, info in source.owner.fields.items():
        made.held[identity_of(name)] = (name, FieldToken(source.owner, info))
    return made


@method("DescribeFieldResult.getLength")
def _field_length(token: FieldToken) -> int:
    return token.info.length or 0


@method("DescribeFieldResult.getSObjectField")
def _field_token(token: FieldToken) -> FieldToken:
    return FieldToken(token.owner, token.info)


@static("Schema.getGlobalDescribe")
def _global_describe(m: Machine) -> ApexMap:
    made = ApexMap(STRING, ApexType("SObjectType"))
    for name, info in m.program.schema.objects.items():
        made.held[identity_of(name)] = (name, ObjectToken(info))
    return made


@static("Schema.describeSObjects")
def _describe_sobjects(m: Machine, names: NotNull) -> Value:
    found = [m.program.schema.find(name) for name in names]
    return apex_list(
        ApexType("DescribeSObjectResult"),
        [ObjectToken(info, described=True) for info in found if info],
    )
