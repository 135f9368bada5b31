"""What a person sees: two calls, a forged one, an asynchronous one: what came out, how long."""

from __future__ import annotations

import json
import shlex
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import requests
from rich.table import Table

from demo.apex import FUNCTION, request_headers
from demo.stack import ADMIN, JOE, PERMISSION_SET

if TYPE_CHECKING:
    from rich.console import Console

    from demo.stack import Stack

PAYLOAD: Final = {"name": "Ada", "company": "Acme"}
OF_THE_FUNCTION: Final = {"query", "composite"}
"""The org's endpoints that the sample function uses; the others are for the proxy."""
CALL_LIMIT_S: Final = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call that was made."""

    status: int
    answer: object
    took_ms: float
    org_calls: dict[str, int]
    """Requests that the org received meanwhile from the proxy, by endpoint."""
    function_calls: dict[str, int]
    """Those it received from the function."""


def tell(stack: Stack, console: Console) -> bool:
    """Make the calls, print them, and return whether everything was as it should be."""
    admin_token = _sign_in(stack, ADMIN[0])
    admin = _headers(stack, token=admin_token, user=ADMIN)
    _introduce(stack, console)

    first = _call(stack, admin)
    _show(console, "First call", first, who=f"{ADMIN[0]}, verified at the org")
    second = _call(stack, admin)
    _show(console, "Second call", second, who=f"{ADMIN[0]}, still remembered")
    forged_headers = _headers(stack, token=_sign_in(stack, JOE[0]), user=ADMIN)
    forged = _call(stack, forged_headers)
    _show(console, "A forged call", forged, who=f"{JOE[0]}, who says he is {ADMIN[0]}")

    record = _call_asynchronously(stack, console, admin_token)

    problems = [*_problems(first, second, forged), *_record_problems(record)]
    for problem in problems:
        console.print(f"[bold red]not as it should be:[/] {problem}")
    if not problems:
        console.print("[bold]Try it yourself[/] (the token is good for this run):\n")
        console.print(_curl(stack, admin), soft_wrap=True, markup=False)
        console.print(f"\n[dim]the org's own view: {stack.org_url}[/]\n")
    return not problems


def _problems(first: Call, second: Call, forged: Call) -> list[str]:
    told = first.answer if isinstance(first.answer, dict) else {}
    told_again = second.answer if isinstance(second.answer, dict) else {}
    contact = told.get("contactId")
    checks = {
        f"the first call answered {first.status}, not 200": first.status == 200,
        "the function was not told who calls": told.get("calledBy") == ADMIN[0],
        "the function made no contact": bool(contact) and told.get("isNew") is True,
        f"the first call cost {first.org_calls}, not three org calls": first.org_calls
        == {"userinfo": 1, "token": 1, "activate": 1},
        f"the second call answered {second.status}, not 200": second.status == 200,
        f"the second call cost {second.org_calls}, not none": not second.org_calls,
        "the second call did not find that contact": told_again.get("contactId") == contact,
        f"the forged call answered {forged.status}, not 403": forged.status == 403,
        "the forged call got a token minted": "token" not in forged.org_calls,
        "the forged call reached the function": not forged.function_calls,
    }
    return [problem for problem, held in checks.items() if not held]


def _sign_in(stack: Stack, username: str) -> str:
    """Return a session of the user's, as Apex has one."""
    response = requests.post(
        f"{stack.org_url}/_orgsim/tokens", json={"username": username}, timeout=CALL_LIMIT_S
    )
    response.raise_for_status()
    return str(response.json()["access_token"])


def _call_asynchronously(stack: Stack, console: Console, token: str) -> dict[str, Any]:
    """Invoke as Apex does with a callback; return the record once it is no longer PENDING."""
    made = requests.post(f"{stack.org_url}/_orgsim/records", json={}, timeout=CALL_LIMIT_S).json()
    headers = _headers(stack, token=token, user=ADMIN, record_id=made["id"])
    console.print("[bold]An asynchronous call[/]")
    table = Table.grid(padding=(0, 3))
    with requests.Session() as session:
        session.trust_env = False
        response = session.post(
            f"{stack.proxy_url}/async",
            data=json.dumps(PAYLOAD),
            headers=headers,
            timeout=CALL_LIMIT_S,
        )
    accepted = time.monotonic()
    color = "green" if response.status_code == 201 else "red"
    table.add_row("  answer", f"[{color}]{response.status_code}[/], stored")
    with console.status("waiting for the record"):
        record = _finished_record(stack, made["id"])
    took_s = time.monotonic() - accepted
    table.add_row("  record", f"PENDING, then {record.get('Status__c')} after {took_s:.1f} s")
    table.add_row("  response", str(record.get("Response__c")).replace("[", "\\["))
    console.print(table)
    console.print()
    return record


def _finished_record(stack: Stack, record_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + CALL_LIMIT_S
    fields: dict[str, Any] = {}
    while time.monotonic() < deadline:
        url = f"{stack.org_url}/_orgsim/records/{record_id}"
        fields = requests.get(url, timeout=CALL_LIMIT_S).json()["fields"]
        if fields.get("Status__c") != "PENDING":
            break
        time.sleep(0.1)
    return fields


def _record_problems(record: dict[str, Any]) -> list[str]:
    checks = {
        f"the record ended as {record.get('Status__c')}": record.get("Status__c") == "SUCCESS",
        "the record does not hold the answer": "Hello, Ada!" in str(record.get("Response__c")),
    }
    return [problem for problem, held in checks.items() if not held]


def _headers(
    stack: Stack, *, token: str, user: tuple[str, str], record_id: str | None = None
) -> dict[str, str]:
    return request_headers(
        token=token,
        username=user[0],
        user_id=user[1],
        org_url=stack.org_url,
        permission_sets=[PERMISSION_SET],
        record_id=record_id,
    )


def _call(stack: Stack, headers: dict[str, str]) -> Call:
    before = _org_requests(stack)
    with requests.Session() as session:
        session.trust_env = False
        started = time.perf_counter()
        response = session.post(
            f"{stack.proxy_url}/sync",
            data=json.dumps(PAYLOAD),
            headers=headers,
            timeout=CALL_LIMIT_S,
        )
        took_ms = (time.perf_counter() - started) * 1000
    after = _org_requests(stack)
    spent = {name: count - before.get(name, 0) for name, count in after.items()}
    spent = {name: count for name, count in spent.items() if count}
    return Call(
        status=response.status_code,
        answer=response.json(),
        took_ms=took_ms,
        org_calls={name: n for name, n in spent.items() if name not in OF_THE_FUNCTION},
        function_calls={name: n for name, n in spent.items() if name in OF_THE_FUNCTION},
    )


def _org_requests(stack: Stack) -> dict[str, int]:
    counters = requests.get(f"{stack.org_url}/_orgsim/counters", timeout=CALL_LIMIT_S).json()
    return {name: int(counts["total"]) for name, counts in counters["requests"].items()}


def _introduce(stack: Stack, console: Console) -> None:
    table = Table.grid(padding=(0, 3))
    table.add_row("  Apex", "[dim]this program plays it[/]")
    table.add_row("  proxy", stack.proxy_url, "[dim]Falcon, kept up by supervisord[/]")
    table.add_row("  function", f"127.0.0.1:{stack.function_port}", "[dim]function/main.py[/]")
    table.add_row("  org", stack.org_url, "[dim]simulated; checks like Salesforce[/]")
    console.print("\n[bold]Salesforce Functions, on this machine[/]\n")
    console.print(table)
    console.print()


def _show(console: Console, title: str, call: Call, *, who: str) -> None:
    color = "green" if call.status == 200 else "yellow"
    table = Table.grid(padding=(0, 3))
    table.add_row("  function", FUNCTION)
    table.add_row("  caller", who)
    table.add_row("  permission set", PERMISSION_SET)
    table.add_row("  payload", json.dumps(PAYLOAD))
    table.add_row("  answer", f"[{color}]{call.status}[/] {_one_line(call.answer)}")
    table.add_row("  org calls", _count(call.org_calls))
    if call.function_calls:
        table.add_row("  the function's", _count(call.function_calls))
    table.add_row("  took", f"{call.took_ms:.1f} ms")
    console.print(f"[bold]{title}[/]")
    console.print(table)
    console.print()


def _count(calls: dict[str, int]) -> str:
    return f"{sum(calls.values())} ({', '.join(calls) or 'none'})"


def _one_line(answer: object) -> str:
    return json.dumps(answer, ensure_ascii=False).replace("[", "\\[")


def _curl(stack: Stack, headers: dict[str, str]) -> str:
    parts = ["curl", "-i", f"{stack.proxy_url}/sync"]
    for name, value in headers.items():
        parts += ["-H", f"{name}: {value}"]
    return shlex.join([*parts, "-d", json.dumps(PAYLOAD)])
