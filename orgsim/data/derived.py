"""Fields that the org itself works out from the others of a record.

Source: object reference for the Salesforce platform; the probabilities are those of the stages
that every new org has.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from orgsim.data.files import of_content

Row = Mapping[str, Any]

_PROBABILITIES: Final = {
    "Prospecting": 10.0,
    "Qualification": 10.0,
    "Needs Analysis": 20.0,
    "Value Proposition": 50.0,
    "Id. Decision Makers": 60.0,
    "Perception Analysis": 70.0,
    "Proposal/Price Quote": 75.0,
    "Negotiation/Review": 90.0,
    "Closed Won": 100.0,
    "Closed Lost": 0.0,
}
_WON: Final = "Closed Won"


def derived(name: str, row: Row, changed: Row) -> dict[str, Any]:
    """Return the values that follow from those of a record of the object of that name.

    Args:
        name: the object.
        row: the record, with its changes.
        changed: the values that are new.
    """
    rule = _RULES.get(name)
    return rule(row, changed) if rule else {}


def _person(row: Row, changed: Row) -> dict[str, Any]:
    del changed
    return {"Name": " ".join(filter(None, (row["FirstName"], row["LastName"])))}


def _case(row: Row, changed: Row) -> dict[str, Any]:
    del changed
    is_closed = row["Status"] == "Closed"
    closed_at = row["ClosedDate"] or row["SystemModstamp"]
    return {"IsClosed": is_closed, "ClosedDate": closed_at if is_closed else None}


def _opportunity(row: Row, changed: Row) -> dict[str, Any]:
    stage, probability = row["StageName"], row["Probability"]
    if "StageName" in changed and changed.get("Probability") is None:
        probability = _PROBABILITIES.get(stage, probability)
    amount = row["Amount"]
    expected = None if None in (amount, probability) else amount * probability / 100
    return {
        "ExpectedRevenue": expected,
        "IsClosed": stage in {_WON, "Closed Lost"},
        "IsWon": stage == _WON,
        "Probability": probability,
    }


def _task(row: Row, changed: Row) -> dict[str, Any]:
    del changed
    is_closed = row["Status"] == "Completed"
    completed_at = row["CompletedDateTime"] or row["SystemModstamp"]
    return {
        "CompletedDateTime": completed_at if is_closed else None,
        "IsClosed": is_closed,
        "IsHighPriority": row["Priority"] == "High",
    }


def _content_version(row: Row, changed: Row) -> dict[str, Any]:
    del changed
    return of_content(row)


_RULES: Final[Mapping[str, Callable[[Row, Row], dict[str, Any]]]] = {
    "Case": _case,
    "Contact": _person,
    "ContentVersion": _content_version,
    "Lead": _person,
    "Opportunity": _opportunity,
    "Task": _task,
}
