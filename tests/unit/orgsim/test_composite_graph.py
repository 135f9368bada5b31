"""Several changes in one request, together or not at all."""

from typing import Any

import pytest
import requests

from orgsim.data.objects import object_type
from orgsim.http import composite
from tests.unit.orgsim.world import SOBJECT, Caller

GRAPH = "/services/data/v57.0/composite/graph"
SOBJECTS = "/services/data/v57.0/sobjects"
HALTED = [
    {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same "
        "transaction failed.",
    }
]


def step(method: str, path: str, reference_id: str = "a", **body: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return one step of a graph."""
    url = f"{SOBJECTS}/{path}"
    parts = {"method": method, "url": url, "referenceId": reference_id}
    return {**parts, "body": body} if body else parts


def commit(caller: Caller, *graphs: list[dict[str, Any]]) -> requests.Response:
    """Send graphs."""
    values = [{"graphId": f"g{n}", "compositeRequest": steps} for n, steps in enumerate(graphs)]
    return caller.call("POST", GRAPH, json={"graphs": values})


def results(reply: requests.Response, graph: int = 0) -> list[dict[str, Any]]:
    """Return what became of the steps of a graph."""
    assert reply.status_code == 200, reply.text
    found: list[dict[str, Any]] = reply.json()["graphs"][graph]["graphResponse"][
        "compositeResponse"
    ]
    return found


def accounts(caller: Caller) -> list[Any]:
    """Return the names of the accounts there are."""
    account = object_type("Account")
    assert account
    return [row["Name"] for row in caller.org.data.rows(account)]


def test_later_steps_use_what_earlier_ones_made(caller: Caller) -> None:
    """In values and in URLs; and each step is answered as it would be by itself."""
    reply = commit(
        caller,
        [
            step("POST", "Account", "acct", Name="Acme"),
            step("POST", "Contact", "c1", LastName="Lovelace", AccountId="@{acct.id}"),
            step("PATCH", "Account/@{acct.id}", "p", Phone="1"),
            step("GET", "Contact/@{c1.id}", "got"),
            step("POST", "Account", "copy", Name="of @{got.Name}", ParentId="@{got.AccountId}"),
            step("DELETE", "Contact/@{c1.id}", "d"),
        ],
    )

    created, contact, patched, got, copy, deleted = results(reply)
    assert reply.json()["graphs"][0]["graphId"] == "g0"
    assert reply.json()["graphs"][0]["isSuccessful"] is True
    assert created == {
        "body": {"id": "001xx0000000001AAA", "success": True, "errors": []},
        "httpHeaders": {"Location": f"{SOBJECTS}/Account/001xx0000000001AAA"},
        "httpStatusCode": 201,
        "referenceId": "acct",
    }
    assert patched == {
        "body": None,
        "httpHeaders": {},
        "httpStatusCode": 204,
        "referenceId": "p",
    }
    assert (contact["httpStatusCode"], deleted["httpStatusCode"]) == (201, 204)
    assert (got["httpStatusCode"], got["body"]["AccountId"]) == (200, "001xx0000000001AAA")
    assert copy["httpStatusCode"] == 201
    assert accounts(caller) == ["Acme", "of Lovelace"]


def test_one_failure_undoes_the_graph(caller: Caller) -> None:
    """The step that failed says why, all others that they were rolled back; nothing remains."""
    caller.org.data.insert("Account", {"Name": "kept"})
    reply = commit(
        caller,
        [
            step("POST", "Account", "a", Name="lost"),
            step("POST", "Contact", "b", FirstName="Ada"),
            step("DELETE", "Account/001xx0000000001AAA", "c"),
        ],
    )

    before, failed, after = results(reply)
    assert reply.json()["graphs"][0]["isSuccessful"] is False
    assert failed["httpStatusCode"] == 400
    assert failed["body"] == [
        {
            "errorCode": "REQUIRED_FIELD_MISSING",
            "message": "Required fields are missing: [LastName]",
            "fields": ["LastName"],
        }
    ]
    assert (before["httpStatusCode"], before["body"]) == (400, HALTED)
    assert (after["httpStatusCode"], after["body"]) == (400, HALTED)
    assert accounts(caller) == ["kept"]


def test_a_wrong_kind_in_a_step_says_where_in_its_body(caller: Caller) -> None:
    """As in a request by itself."""
    (result,) = results(commit(caller, [step("POST", "Account", Phone="1", Name=5)]))

    assert result["body"][0]["message"] == (
        "Cannot deserialize instance of string from VALUE_NUMBER_INT value 5 or request may be"
        " missing a required field at [line:1, column:14]"
    )


def test_graphs_do_not_undo_each_other(caller: Caller) -> None:
    """Each is a transaction of its own."""
    reply = commit(caller, [step("POST", "Account")], [step("POST", "Account", Name="kept")])

    graphs = reply.json()["graphs"]
    assert [graph["isSuccessful"] for graph in graphs] == [False, True]
    assert accounts(caller) == ["kept"]


@pytest.mark.parametrize("text", ["@{a.id}", "@{b.id}", "@{c.id}", "@{a.nope}", "@{a}", "@{}"])
def test_a_reference_to_nothing_fails_its_step(caller: Caller, text: str) -> None:
    """Later steps, the step itself, steps without an answer and other fields cannot be used."""
    caller.org.data.insert("Account", {"Name": "first"})
    reply = commit(
        caller,
        [
            step("PATCH", "Account/001xx0000000001AAA", "a", Name="x"),
            step("POST", "Account", "b", Name=text),
            step("POST", "Account", "c", Name="x"),
        ],
    )

    (error,) = results(reply)[1]["body"]
    assert error["errorCode"] == "PROCESSING_HALTED"
    assert error["message"].startswith("Invalid reference specified. No value for ")
    assert accounts(caller) == ["first"]


@pytest.mark.parametrize(
    ("failing", "status", "code"),
    [
        (step("PATCH", "Account/001xx000000zzzzAAA", Name="x"), 404, "NOT_FOUND"),
        (step("PATCH", "Nope/x", Name="x"), 404, "NOT_FOUND"),
        (step("POST", "%41ccount/x/y", Name="x"), 404, "NOT_FOUND"),
        (step("POST", SOBJECT, Status__c="x"), 404, "NOT_FOUND"),
        (step("POST", "../query"), 404, "NOT_FOUND"),
        (step("GET", "Account"), 405, "METHOD_NOT_ALLOWED"),
        (step("POST", "Account/x"), 405, "METHOD_NOT_ALLOWED"),
        (step("GET", "Account") | {"url": "/nope"}, 404, "NOT_FOUND"),
        (step("GET", "x") | {"url": "/services/data/v58.0/sobjects/Account"}, 404, "NOT_FOUND"),
    ],
)
def test_refused_steps(caller: Caller, failing: dict[str, Any], status: int, code: str) -> None:
    """A step is judged as a request by itself would be."""
    (result,) = results(commit(caller, [failing]))

    assert (result["httpStatusCode"], result["body"][0]["errorCode"]) == (status, code)


def test_a_step_without_a_body_has_no_fields(caller: Caller) -> None:
    """Clients may leave the key out."""
    caller.org.data.insert("Account", {"Name": "Acme"})

    (result,) = results(commit(caller, [step("PATCH", "Account/001xx0000000001AAA")]))
    assert result["httpStatusCode"] == 204


@pytest.mark.parametrize(
    "body",
    [
        {"graphs": 5},
        {"graphs": [], "more": 1},
        {"graphs": ["x"]},
        {"graphs": [{"graphId": "g"}]},
        {"graphs": [{"compositeRequest": [step("POST", "Account")]}]},
        {"graphs": [{"graphId": "g", "compositeRequest": [5]}]},
        {"graphs": [{"graphId": "g", "compositeRequest": [{"method": "POST"}]}]},
        {"graphs": [{"graphId": "g", "compositeRequest": [step("PUT", "Account")]}]},
        {"graphs": [{"graphId": "g", "compositeRequest": [step("POST", "Account", "a-b")]}]},
        {"graphs": [{"graphId": "g", "compositeRequest": [step("POST", "Account")] * 2}]},
        {
            "graphs": [
                {"graphId": "g", "compositeRequest": [step("POST", "A") | {"httpHeaders": {}}]}
            ]
        },
    ],
)
def test_refused_requests(caller: Caller, body: dict[str, Any]) -> None:
    """What is not understood is not done."""
    reply = caller.call("POST", GRAPH, json=body)

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (400, "JSON_PARSER_ERROR")


def test_a_request_has_a_largest_size(caller: Caller) -> None:
    """500 steps in all graphs together."""
    steps = [step("POST", "Account", f"a{n}", Name="x") for n in range(composite.MOST_STEPS)]
    too_many = commit(caller, steps, [step("POST", "Account", Name="x")])
    just_right = commit(caller, steps)

    assert too_many.json()[0]["errorCode"] == "LIMIT_EXCEEDED"
    assert just_right.json()["graphs"][0]["isSuccessful"] is True
    assert len(accounts(caller)) == composite.MOST_STEPS


def test_a_dead_session_changes_nothing(caller: Caller) -> None:
    """Graphs need a live session as everything does."""
    reply = caller.call("POST", GRAPH, "dead", json={"graphs": []})

    assert (reply.status_code, reply.json()[0]["errorCode"]) == (401, "INVALID_SESSION_ID")
