"""What a person sees: two calls, a forged one, an asynchronous one: what came out, how long."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING, Any, Final

from rich.markup import escape

from demo.calls import Apex, Call
from demo.choices import PORTS
from localstack.seed import ADMIN, JOE, PERMISSION_SET

if TYPE_CHECKING:
    from rich.console import Console

    from demo.choices import Choices
    from demo.stack import Stack

MOST_SHOWN: Final = 4_000
"""Characters of an answer."""


def tell(stack: Stack, choices: Choices, console: Console) -> bool:
    """Make the calls, print them, and return whether everything was as it should be."""
    admin = Apex(stack, choices.payload, ADMIN)
    _introduce(stack, console)

    first = admin.call()
    _show(console, "First call", first, choices.payload, who=f"{ADMIN[0]}, verified at the org")
    second = admin.call()
    _show(console, "Second call", second, choices.payload, who=f"{ADMIN[0]}, still remembered")
    forged = Apex(stack, choices.payload, ADMIN, signed_in=JOE[0]).call()
    who = f"{JOE[0]}, who claims to be {ADMIN[0]}"
    _show(console, "A forged call", forged, choices.payload, who=who)
    accepted, record = _call_asynchronously(admin, console)

    problems = [*_problems(first, second, forged), *_record_problems(accepted, record)]
    for problem in problems:
        console.print(f"[bold red]not as it should be:[/] {escape(problem)}")
    if problems:
        console.print(f"The function's log is in {escape(str(stack.container.log_path))}.\n")
    if choices.keep_serving or not problems:
        _say_how_to_call(stack, choices, console, admin)
    return not problems


def _problems(first: Call, second: Call, forged: Call) -> list[str]:
    proved = {"userinfo", "token", "activate"}
    checks = {
        f"the first call answered {first.status}, not 200": first.status == 200,
        f"for the first call the proxy asked the org for {_count(first.org_calls)}, not for"
        f" {', '.join(sorted(proved))}": first.org_calls.keys() >= proved,
        f"the second call answered {second.status}, not 200": second.status == 200,
        f"for the second call the proxy asked the org for {_count(second.org_calls)}, although it"
        " remembers user and token": not second.org_calls.keys() & {"token", "activate"},
        f"the forged call answered {forged.status}, not 403": forged.status == 403,
        "the forged call got a token minted": "token" not in forged.org_calls,
        "the forged call reached the function": not forged.function_calls,
    }
    return [problem for problem, held in checks.items() if not held]


def _record_problems(accepted: int, record: dict[str, Any]) -> list[str]:
    status = record.get("Status__c")
    checks = {
        f"the asynchronous call answered {accepted}, not 201": accepted == 201,
        f"the record of the asynchronous call ended as {status}": status == "SUCCESS",
    }
    return [problem for problem, held in checks.items() if not held]


def _call_asynchronously(admin: Apex, console: Console) -> tuple[int, dict[str, Any]]:
    console.print("[bold]An asynchronous call[/]")
    accepted, record_id = admin.call_asynchronously()
    started = time.monotonic()
    color = "green" if accepted == 201 else "red"
    row(console, "answer", f"[{color}]{accepted}[/]{', stored' * (accepted == 201)}")
    if accepted != 201:
        console.print()
        return accepted, {}
    with console.status("waiting for the record"):
        record = admin.finished_record(record_id)
    took_s = time.monotonic() - started
    row(console, "record", f"PENDING, then {record.get('Status__c')} after {took_s:.1f} s")
    row(console, "response", _shown(str(record.get("Response__c"))))
    console.print()
    return accepted, record


def _introduce(stack: Stack, console: Console) -> None:
    function = f"127.0.0.1:{stack.ports['FUNCTION_PORT']}"
    console.print("\n[bold]Salesforce Functions, on this machine[/]\n")
    row(console, "Apex", "[dim]this program plays it[/]")
    row(console, "proxy", f"{stack.proxy_url}   [dim]Falcon, kept up by supervisord[/]")
    row(console, "function", f"{function:<21}   [dim]{escape(str(stack.choices.folder))}[/]")
    row(console, "org", f"{stack.org_url}   [dim]simulated; checks like Salesforce[/]")
    row(console, "log", escape(str(stack.container.log_path)))
    console.print()


def _show(console: Console, title: str, call: Call, payload: str, *, who: str) -> None:
    color = "green" if call.status == 200 else "yellow"
    console.print(f"[bold]{title}[/]")
    row(console, "caller", who)
    row(console, "permission set", PERMISSION_SET)
    row(console, "payload", _shown(payload))
    row(console, "answer", f"[{color}]{call.status or 'none'}[/] {_shown(call.answer)}")
    for line in call.stack.splitlines():
        row(console, "", escape(line))
    row(console, "org calls", _count(call.org_calls))
    if call.function_calls:
        row(console, "the function's", _count(call.function_calls))
    row(console, "took", f"{call.took_ms:.1f} ms")
    console.print()


def _say_how_to_call(stack: Stack, choices: Choices, console: Console, admin: Apex) -> None:
    parts = ["curl", "-i", f"{stack.proxy_url}/sync"]
    for name, value in admin.headers().items():
        parts += ["-H", f"{name}: {value}"]
    console.print("[bold]Try it yourself[/] (the token is good for this run):\n")
    console.print(shlex.join([*parts, "-d", choices.payload]), markup=False)
    console.print("\nor, in another terminal, with a payload of your own:\n")
    places = {name: str(stack.ports[name]) for name in ("PORT", "ORG_PORT")}
    if places == {name: str(PORTS[name]) for name in places}:
        places = {}
    else:
        places["ORG_URL"] = stack.org_url
    settings = "".join(f"{name}={value} " for name, value in places.items())
    console.print(f"{settings}make invoke PAYLOAD={shlex.quote(choices.payload)}", markup=False)
    console.print(f"\n[dim]the org's own view: {stack.org_url}[/]\n")


def row(console: Console, name: str, text: str) -> None:
    """Print a value beside its name, never cut: a person may have to copy it."""
    console.print(f"  {name:<14}   {text}")


def _count(calls: dict[str, int]) -> str:
    return f"{sum(calls.values())} ({', '.join(sorted(calls)) or 'none'})"


def _shown(text: str) -> str:
    """Return a text that may be long, as it is printed: on one line."""
    line = " ".join(text.split("\n"))
    more = f" ... and {len(line) - MOST_SHOWN:,} characters more" if len(line) > MOST_SHOWN else ""
    return escape(line[:MOST_SHOWN]) + more
