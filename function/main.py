"""A sample function: puts visitors among the org's contacts. Replace it with your own."""

from typing import Any, Final

from salesforce_functions import Context, InvocationEvent, Record, UnitOfWork, get_logger

FIND: Final = """
    SELECT Id, (SELECT Id FROM Contacts WHERE Name = {name} LIMIT 1)
    FROM Account WHERE Name = {company} ORDER BY CreatedDate LIMIT 1
"""

logger = get_logger()


async def function(event: InvocationEvent[Any], context: Context) -> dict[str, Any]:
    """Make a contact of the visitor in ``{"name": "Ada Lovelace", "company": "Acme"}``.

    Whoever is among the contacts of that account already stays as he is. So it does no harm to be
    called twice, as by a caller that lost the first answer.
    """
    payload = event.data if isinstance(event.data, dict) else {}
    name = text_of(payload, "name", default="World")
    company = text_of(payload, "company", default="Walk-in")

    account_id, contact_id = await find(context, name, company)
    is_new = contact_id is None
    if contact_id is None:
        contact_id = await add(context, name, company, account_id)

    logger.info("Greeted %s", name, company=company, contact=contact_id, is_new=is_new)
    return {
        "greeting": f"Hello, {name}!",
        "isNew": is_new,
        "contactId": contact_id,
        "calledBy": context.org.user.username,
    }


async def find(context: Context, name: str, company: str) -> tuple[str | None, str | None]:
    """Return the ids of the company's account and of the visitor's contact, if they exist."""
    query = FIND.format(name=soql_text(name), company=soql_text(company))
    found = await context.org.data_api.query(query)
    if not found.records:
        return None, None
    account = found.records[0]
    contacts = account.sub_query_results.get("Contacts")
    return account.fields["Id"], contacts.records[0].fields["Id"] if contacts else None


async def add(context: Context, name: str, company: str, account_id: str | None) -> str:
    """Create the contact, and the account if there is none: both, or neither if one fails."""
    first_name, _, last_name = name.rpartition(" ")
    unit = UnitOfWork()
    # What is returned for a new account stands for an id that it does not have yet.
    account = account_id or unit.register_create(Record(type="Account", fields={"Name": company}))
    fields = {"FirstName": first_name or None, "LastName": last_name, "AccountId": account}
    contact = unit.register_create(Record(type="Contact", fields=fields))

    ids = await context.org.data_api.commit_unit_of_work(unit)

    return ids[contact]


def text_of(payload: dict[str, Any], key: str, *, default: str) -> str:
    """Return a text without superfluous spaces, or the default when there is none."""
    return " ".join(str(payload.get(key) or "").split()) or default


def soql_text(text: str) -> str:
    r"""Quote a text for a query: whoever writes the payload must not write the query, too."""
    escaped = text.replace("\\", r"\\").replace("'", r"\'")
    return f"'{escaped}'"
