"""Account, Contact, Lead and Opportunity.

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

_OF_A_PERSON: Final = (
    Field(name="Name", length=121, writable="never"),
    Field(name="LastName", length=80, required=True),
    *texts(FirstName=40, Salutation=40, Title=128, Email=80, Phone=40, MobilePhone=40, Fax=40),
    *texts(LeadSource=255, Description=32_000),
    *of_kind("boolean", "HasOptedOutOfEmail", "DoNotCall"),
)

ACCOUNT: Final = ObjectType(
    name="Account",
    prefix="001",
    fields=by_name(
        *STANDARD,
        OWNER,
        Field(name="Name", required=True),
        *texts(AccountNumber=40, AccountSource=255, Description=32_000, Fax=40, Industry=255),
        *texts(Ownership=255, Phone=40, Rating=255, Sic=20, Site=80, TickerSymbol=20, Type=255),
        *texts(Website=255, BillingStreet=255, BillingCity=40, BillingState=80),
        *texts(BillingPostalCode=20, BillingCountry=80, ShippingStreet=255, ShippingCity=40),
        *texts(ShippingState=80, ShippingPostalCode=20, ShippingCountry=80),
        *of_kind("double", "AnnualRevenue"),
        *of_kind("int", "NumberOfEmployees"),
        reference("ParentId", "Account"),
    ),
    children={
        "Cases": ("Case", "AccountId"),
        "ChildAccounts": ("Account", "ParentId"),
        "Contacts": ("Contact", "AccountId"),
        "Opportunities": ("Opportunity", "AccountId"),
        "Tasks": ("Task", "WhatId"),
    },
)

CONTACT: Final = ObjectType(
    name="Contact",
    prefix="003",
    fields=by_name(
        *STANDARD,
        OWNER,
        *_OF_A_PERSON,
        *texts(AssistantName=40, Department=80, HomePhone=40, OtherPhone=40, MailingStreet=255),
        *texts(MailingCity=40, MailingState=80, MailingPostalCode=20, MailingCountry=80),
        *of_kind("date", "Birthdate"),
        *of_kind("datetime", "EmailBouncedDate"),
        reference("AccountId", "Account"),
        reference("ReportsToId", "Contact"),
    ),
    children={
        "Cases": ("Case", "ContactId"),
        "Opportunities": ("Opportunity", "ContactId"),
        "Tasks": ("Task", "WhoId"),
    },
)

LEAD: Final = ObjectType(
    name="Lead",
    prefix="00Q",
    fields=by_name(
        *STANDARD,
        OWNER,
        *_OF_A_PERSON,
        Field(name="Company", required=True),
        Field(name="Status", default="Open - Not Contacted"),
        *texts(Industry=255, Rating=255, Website=255, Street=255, City=40, State=80),
        *texts(PostalCode=20, Country=80),
        *of_kind("double", "AnnualRevenue"),
        *of_kind("int", "NumberOfEmployees"),
        *of_kind("boolean", "IsConverted", writable="never"),
    ),
    children={"Tasks": ("Task", "WhoId")},
)

OPPORTUNITY: Final = ObjectType(
    name="Opportunity",
    prefix="006",
    fields=by_name(
        *STANDARD,
        OWNER,
        Field(name="Name", length=120, required=True),
        Field(name="StageName", required=True),
        Field(name="CloseDate", kind="date", required=True),
        *texts(Type=255, LeadSource=255, NextStep=255, Description=32_000),
        *of_kind("double", "Amount", "Probability"),
        *of_kind("double", "ExpectedRevenue", writable="never"),
        *of_kind("boolean", "IsClosed", "IsWon", writable="never"),
        reference("AccountId", "Account"),
        reference("ContactId", "Contact", writable="create"),
    ),
    children={"Tasks": ("Task", "WhatId")},
)
