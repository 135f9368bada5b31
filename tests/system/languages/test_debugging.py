"""A debugger connects to the function, by the protocol that its language's debuggers speak."""

import json
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from localstack.ports import free_port
from tests.system.examples.toolchains import LIMIT_S
from tests.system.languages.stage import call, serving

pytestmark = pytest.mark.timeout(2 * LIMIT_S)


def adapter_of_python(port: int) -> bool:
    """Tell whether a debug adapter takes the protocol's first request."""
    asked = json.dumps({"seq": 1, "type": "request", "command": "initialize", "arguments": {}})
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sock:
        sock.sendall(f"Content-Length: {len(asked)}\r\n\r\n{asked}".encode())
        received = b""
        while b'"command": "initialize"' not in received:
            more = sock.recv(65536)
            assert more, received
            received += more
    return True


def inspector_of_node(port: int) -> bool:
    """Tell whether the inspector names what may be attached to."""
    targets = requests.get(f"http://127.0.0.1:{port}/json/list", timeout=10).json()
    return bool(targets[0]["webSocketDebuggerUrl"])


def handshake_of_java(port: int) -> bool:
    """Tell whether JDWP answers its handshake."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sock:
        sock.sendall(b"JDWP-Handshake")
        return sock.recv(14) == b"JDWP-Handshake"


@pytest.mark.parametrize(
    ("language", "is_debugger"),
    [("python", adapter_of_python), ("node", inspector_of_node), ("java", handshake_of_java)],
)
def test_a_debugger_gets_in(
    language: str, is_debugger: Callable[[int], bool], tmp_path: Path
) -> None:
    """At DEBUG_PORT, while the function answers as ever; the start says what that means."""
    port = free_port()
    with serving(language, tmp_path, DEBUG_PORT=str(port)) as stage:
        assert is_debugger(port)
        assert call(stage, {"action": "echo", "value": 1}).json() == 1
        assert f"DEBUG_PORT is set: a debugger may connect to 127.0.0.1:{port}" in stage.log()
