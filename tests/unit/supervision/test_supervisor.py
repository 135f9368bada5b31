"""Who is told the password of supervisord's socket."""

import os
import socket
import threading
from pathlib import Path

import pytest

from supervision.supervisor import SOCKET, Supervisor, SupervisorUnavailable

PASSWORD = "only-supervisord-may-know"
ANSWER = (
    b"HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)


def ask_at(run_dir: Path, *, pid: int | None) -> bytes:
    """Ask somebody who listens there, this process; return what they were sent."""
    received: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(run_dir / SOCKET))
        listener.listen()
        listener.settimeout(30)

        def answer() -> None:
            sock, _ = listener.accept()
            with sock:
                received.append(sock.recv(65_536))
                if received[0]:
                    sock.sendall(ANSWER)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(SupervisorUnavailable):
            Supervisor(run_dir, PASSWORD, pid=pid).program()
        thread.join(30)
    return received[0]


def test_password_is_told_to_supervisord(tmp_path: Path) -> None:
    """In the form that HTTP has for it."""
    assert b"Authorization: Basic " in ask_at(tmp_path, pid=os.getpid())


def test_password_is_not_told_to_who_took_the_place_of_its_socket(tmp_path: Path) -> None:
    """The function runs as our user: it could put a socket of its own there."""
    assert ask_at(tmp_path, pid=os.getppid()) == b""
