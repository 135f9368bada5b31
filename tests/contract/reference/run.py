"""Sends every recorded request to the container before a simulated org, over one stack."""

import sys
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import unquote, unquote_plus

import urllib3

from localstack import ROOT
from localstack.container import wait_until_ready
from localstack.stack import Stage, started
from tests.contract.reference.recording import Answer, exchanges, shortened
from tests.contract.reference.requests import Request, request_of

FUNCTION: Final = ROOT / "tests" / "support" / "recorded_function.py"
ACCOUNTS: Final = ("Acme", "Bolt", "Cogs")
LIMIT_S: Final = 60.0


def answers() -> dict[str, Answer]:
    """Return what is answered here to each request, by its name."""
    command = f'exec "{sys.executable}" "{FUNCTION}" "$PORT"'
    with (
        tempfile.TemporaryDirectory() as folder,
        started(Path(folder), FUNCTION_COMMAND=command) as stage,
        urllib3.PoolManager() as http,
    ):
        for name in ACCOUNTS:
            stage.org.data.insert("Account", {"Name": name})
        wait_until_ready(stage.container)
        return {
            name: sent(http, stage, request_of(each.template, stage))
            for name, each in exchanges().items()
        }


def sent(http: urllib3.PoolManager, stage: Stage, request: Request) -> Answer:
    """Send a request, and return its answer without what is of this moment."""
    response = http.request(
        request.method,
        stage.container.url + request.path,
        headers=request.headers,
        body=request.body,
        retries=False,
        timeout=LIMIT_S,
    )
    text = response.data.decode().replace(request.id, "{id}").replace(stage.org_url, "{org}")
    return Answer(
        parts={
            "status": response.status,
            "body": shortened(text),
            "content type": response.headers.get("Content-Type"),
            "X-Extra-Info": kind_of(response.headers.get("X-Extra-Info")),
            "Retry-After": response.headers.get("Retry-After"),
        }
    )


def kind_of(info: str | None) -> str:
    """Return how an ``X-Extra-Info`` is sent, by what Apex's ``EncodingUtil.urlDecode`` reads."""
    if info is None:
        return "none"
    return "exact" if unquote_plus(info) == unquote(info) else "raw plus"
