"""A server on loopback that does byte for byte what a test's script says, well or badly."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SOON_S: Final = 15.0


class Connection:
    """The server's end of one connection."""

    def __init__(self, sock: socket.socket, server: Server) -> None:
        self.sock = sock
        self._server = server
        self._rest = b""
        sock.settimeout(SOON_S)

    def request(self) -> bytes:
        """Read one whole request, note it, and return it; empty when the client has gone."""
        while b"\r\n\r\n" not in self._rest:
            if not self._more():
                return b""
        head, _, self._rest = self._rest.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        while len(self._rest) < length:
            if not self._more():
                return b""
        body, self._rest = self._rest[:length], self._rest[length:]
        request = head + b"\r\n\r\n" + body
        self._server.requests.append(request)
        return request

    def head(self) -> None:
        """Read until the end of a request's head, leaving most of its body unread."""
        while b"\r\n\r\n" not in self._rest and self._more():
            pass

    def send(self, data: bytes) -> None:
        """Send all of it at once."""
        self.sock.sendall(data)

    def drip(self, data: bytes, *, every_s: float, size: int = 1) -> None:
        """Send a few bytes at a time, until the client has gone or the test is over."""
        for at in range(0, len(data), size):
            if self._server.stopping.wait(every_s):
                return
            self.sock.sendall(data[at : at + size])

    def end_output(self) -> None:
        """Send the end of the stream, but keep reading."""
        self.sock.shutdown(socket.SHUT_WR)

    def until_closed(self) -> None:
        """Read and throw away until the client closes or the test is over."""
        while self.sock.recv(65536):
            pass

    def until_stopped(self) -> None:
        """Do nothing until the test is over."""
        assert self._server.stopping.wait(SOON_S)

    def reset(self) -> None:
        """Close at once with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _more(self) -> bool:
        data = self.sock.recv(65536)
        self._rest += data
        return bool(data)


class Server:
    """What came, and how often somebody connected."""

    def __init__(self, listener: socket.socket) -> None:
        self.port: int = listener.getsockname()[1]
        self.requests: list[bytes] = []
        self.connections = 0
        self.finished = threading.Semaphore(0)
        """Released after each script, when its connection is closed."""
        self.stopping = threading.Event()

    @property
    def origin(self) -> str:
        """The server as an org's URL."""
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def scripted_server(*scripts: Callable[[Connection], None]) -> Iterator[Server]:
    """Serve the connections one script after the other; the last one serves all that follow.

    Args:
        scripts: each does what it wants with its connection, which is closed when it returns.
    """
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []
    failures: list[BaseException] = []
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        server = Server(listener)

        def play(script: Callable[[Connection], None], sock: socket.socket) -> None:
            try:
                with sock:
                    script(Connection(sock, server))
            except OSError:  # the client went away, as many tests want it to
                pass
            except BaseException as failure:  # noqa: BLE001 - told by the test's own thread
                failures.append(failure)
            finally:
                server.finished.release()

        def accept() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:  # the test is over
                    return
                script = scripts[min(server.connections, len(scripts) - 1)]
                server.connections += 1
                sockets.append(sock)
                thread = threading.Thread(target=play, args=(script, sock))
                threads.append(thread)
                thread.start()

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield server
        finally:
            server.stopping.set()
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join(SOON_S)
            for sock in sockets:  # what still reads or writes there ends
                with contextlib.suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
            for thread in [acceptor, *threads]:
                thread.join(SOON_S)
                assert not thread.is_alive()
    assert not failures, failures


def answer(
    body: bytes = b"{}",
    *,
    status: str = "200 OK",
    headers: tuple[str, ...] = ("Content-Type: application/json",),
) -> bytes:
    """Return a response with a Content-Length."""
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def answering(*responses: bytes) -> Callable[[Connection], None]:
    """Return a script that answers one request after the other, then waits for the client."""

    def script(connection: Connection) -> None:
        for response in responses:
            if not connection.request():
                return
            connection.send(response)
        connection.until_closed()

    return script


def closed_port() -> int:
    """Return a port of this machine where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
