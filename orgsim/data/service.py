"""Case and Task.

Source: object reference for the Salesforce platform, cut to what functions use most.
"""

from typing import Final

from orgsim.data.schema import (
    OWNER,
    STANDARD,
    Field,
    ObjectType,
    by_name,
    of_kind,
    reference,
    texts,
)

CASE: Final = ObjectType(
    name="Case",
    prefix="500",
    name_field="CaseNumber",
    fields=by_name(
        *STANDARD,
        OWNER,
        Field(name="CaseNumber", length=30, writable="never"),
        Field(name="Status", default="New"),
        Field(name="Priority", default="Medium"),
        *texts(Subject=255, Description=32_000, Origin=255, Reason=255, Type=255),
        *texts(SuppliedName=80, SuppliedEmail=80, SuppliedPhone=40, SuppliedCompany=80),
        *of_kind("boolean", "IsEscalated"),
        *of_kind("boolean", "IsClosed", writable="never"),
        *of_kind("datetime", "ClosedDate", writable="never"),
        reference("AccountId", "Account"),
        reference("ContactId", "Contact"),
        reference("ParentId", "Case"),
    ),
    children={"Cases": ("Case", "ParentId"), "Tasks": ("Task", "WhatId")},
)

TASK: Final = ObjectType(
    name="Task",
    prefix="00T",
    name_field="Subject",
    fields=by_name(
        *STANDARD,
        OWNER,
        Field(name="Status", default="Not Started"),
        Field(name="Priority", default="Normal"),
        *texts(Subject=255, Description=32_000, Type=255),
        *of_kind("date", "ActivityDate"),
        *of_kind("boolean", "IsClosed", "IsHighPriority", writable="never"),
        *of_kind("datetime", "CompletedDateTime", writable="never"),
        reference("WhatId", "Account", "Case", "Opportunity"),
        reference("WhoId", "Contact", "Lead"),
    ),
)
