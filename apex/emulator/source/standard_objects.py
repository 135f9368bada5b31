"""The standard objects that are known, with the fields that are known of them."""

from __future__ import annotations

from typing import Final

SYSTEM_FIELDS: Final = {
    "Id": "Id",
    "Name": "Text(80)",
    "OwnerId": "Lookup(User)",
    "IsDeleted": "Checkbox",
    "CreatedDate": "DateTime",
    "CreatedById": "Lookup(User)",
    "LastModifiedDate": "DateTime",
    "LastModifiedById": "Lookup(User)",
    "SystemModstamp": "DateTime",
}
"""What every object has."""

SETUP_OBJECTS: Final = frozenset(
    {
        "FieldPermissions",
        "ObjectPermissions",
        "User",
        "PermissionSet",
        "PermissionSetAssignment",
        "PermissionSetGroup",
        "PermissionSetGroupComponent",
        "SetupEntityAccess",
    }
)
"""Objects that may not be saved in one transaction with others.

Source: https://developer.salesforce.com/docs/atlas.en-us.apexcode.meta/apexcode/apex_dml_non_mix_sobjects.htm
"""

STANDARD_OBJECTS: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    (
        "User",
        "005",
        {
            "Username": "Text(80)!",
            "Email": "Text(128)!",
            "FirstName": "Text(40)",
            "LastName": "Text(80)!",
            "Alias": "Text(8)!",
            "IsActive": "Checkbox=true",
            "ProfileId": "Lookup(Profile)!",
            "UserType": "Text(40)",
            "TimeZoneSidKey": "Text(40)!",
            "LocaleSidKey": "Text(40)!",
            "LanguageLocaleKey": "Text(40)!",
            "EmailEncodingKey": "Text(40)!",
            "FederationIdentifier": "Text(512)",
        },
    ),
    ("Profile", "00e", {"UserLicenseId": "Id", "UserType": "Text(40)"}),
    (
        "Organization",
        "00D",
        {
            "NamespacePrefix": "Text(15)",
            "InstanceName": "Text(10)",
            "IsSandbox": "Checkbox",
            "OrganizationType": "Text(40)",
            "TrialExpirationDate": "DateTime",
        },
    ),
    (
        "PermissionSet",
        "0PS",
        {
            "Label": "Text(80)!",
            "NamespacePrefix": "Text(15)",
            "HasActivationRequired": "Checkbox",
            "IsCustom": "Checkbox",
            "IsOwnedByProfile": "Checkbox",
            "ProfileId": "Lookup(Profile)",
            "PermissionSetGroupId": "Lookup(PermissionSetGroup)",
            "Type": "Text(40)",
            "Description": "Text(255)",
        },
    ),
    (
        "PermissionSetGroup",
        "0PG",
        {
            "DeveloperName": "Text(80)!",
            "MasterLabel": "Text(80)!",
            "NamespacePrefix": "Text(15)",
            "HasActivationRequired": "Checkbox",
            "Status": "Text(40)=Outdated",
            "Description": "Text(255)",
            "Language": "Text(40)",
        },
    ),
    (
        "PermissionSetGroupComponent",
        "0PM",
        {
            "PermissionSetGroupId": "Lookup(PermissionSetGroup)!",
            "PermissionSetId": "Lookup(PermissionSet)!",
        },
    ),
    (
        "PermissionSetAssignment",
        "0Pa",
        {
            "AssigneeId": "Lookup(User)!",
            "PermissionSetId": "Lookup(PermissionSet)",
            "PermissionSetGroupId": "Lookup(PermissionSetGroup)",
            "ExpirationDate": "DateTime",
            "IsActive": "Checkbox=true",
            "IsRevoked": "Checkbox",
        },
    ),
    (
        "ObjectPermissions",
        "110",
        {
            "ParentId": "Lookup(PermissionSet)!",
            "SobjectType": "Text(40)!",
            "PermissionsCreate": "Checkbox",
            "PermissionsRead": "Checkbox",
            "PermissionsEdit": "Checkbox",
            "PermissionsDelete": "Checkbox",
            "PermissionsViewAllRecords": "Checkbox",
            "PermissionsModifyAllRecords": "Checkbox",
        },
    ),
    (
        "FieldPermissions",
        "01k",
        {
            "ParentId": "Lookup(PermissionSet)!",
            "SobjectType": "Text(40)!",
            "Field": "Text(120)!",
            "PermissionsRead": "Checkbox",
            "PermissionsEdit": "Checkbox",
        },
    ),
    (
        "SetupEntityAccess",
        "0J0",
        {
            "ParentId": "Lookup(PermissionSet)!",
            "SetupEntityId": "Id!",
            "SetupEntityType": "Text(40)",
        },
    ),
    (
        "AsyncApexJob",
        "707",
        {
            "ApexClassId": "Lookup(ApexClass)",
            "JobType": "Text(40)",
            "Status": "Text(40)",
            "MethodName": "Text(255)",
            "NumberOfErrors": "Integer",
            "JobItemsProcessed": "Integer",
            "TotalJobItems": "Integer",
            "CompletedDate": "DateTime",
            "ExtendedStatus": "Text(1000)",
        },
    ),
    (
        "ApexClass",
        "01p",
        {"NamespacePrefix": "Text(15)", "ApiVersion": "Number", "Status": "Text(40)"},
    ),
    (
        "CronTrigger",
        "08e",
        {
            "CronJobDetailId": "Lookup(CronJobDetail)",
            "CronExpression": "Text(255)",
            "State": "Text(40)",
            "TimesTriggered": "Integer",
            "NextFireTime": "DateTime",
        },
    ),
    ("CronJobDetail", "08a", {"JobType": "Text(10)"}),
    (
        "Account",
        "001",
        {
            "Name": "Text(255)!",
            "Type": "Text(255)",
            "Description": "LongTextArea(32000)",
            "NumberOfEmployees": "Integer",
            "AnnualRevenue": "Currency",
            "ParentId": "Lookup(Account)",
            "Phone": "Text(40)",
            "Website": "Text(255)",
            "Industry": "Text(255)",
            "BillingCity": "Text(40)",
        },
    ),
    (
        "Contact",
        "003",
        {
            "FirstName": "Text(40)",
            "LastName": "Text(80)!",
            "Email": "Text(80)",
            "AccountId": "Lookup(Account)",
            "Phone": "Text(40)",
            "Description": "LongTextArea(32000)",
        },
    ),
    (
        "ContentVersion",
        "068",
        {
            "Title": "Text(255)!",
            "PathOnClient": "Text(500)",
            "VersionData": "Base64!",
            "ContentDocumentId": "Lookup(ContentDocument)",
            "FirstPublishLocationId": "Id",
            "IsLatest": "Checkbox",
            "ContentSize": "Integer",
            "FileExtension": "Text(40)",
        },
    ),
    (
        "Attachment",
        "00P",
        {
            "Name": "Text(255)!",
            "Body": "Base64!",
            "ParentId": "Id!",
            "BodyLength": "Integer",
            "ContentType": "Text(120)",
            "Description": "Text(500)",
            "IsPrivate": "Checkbox",
        },
    ),
    (
        "Task",
        "00T",
        {
            "Subject": "Text(255)",
            "Description": "LongTextArea(32000)",
            "Status": "Text(255)",
            "Priority": "Text(255)",
            "WhoId": "Id",
            "WhatId": "Id",
            "ActivityDate": "Date",
        },
    ),
    (
        "ContentDocument",
        "069",
        {"Title": "Text(255)", "LatestPublishedVersionId": "Lookup(ContentVersion)"},
    ),
    (
        "ContentDocumentLink",
        "06A",
        {
            "ContentDocumentId": "Lookup(ContentDocument)!",
            "LinkedEntityId": "Id!",
            "ShareType": "Text(10)",
            "Visibility": "Text(20)",
        },
    ),
)
"""Name, key prefix, fields. ``!`` marks what an insert must give, ``=`` the default.

Source: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
"""
