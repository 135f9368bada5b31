"""`make run` by a person who is not root: the container's programs let nobody look into them."""

import os
import subprocess
import sys

import pytest

from localstack import ROOT
from localstack.other_user import as_user
from localstack.ports import free_port

LIMIT_S = 60
LOOK = """
import os, psutil, signal, socket, sys
from demo.ports import is_held_by, is_held_by_others
from supervision.undumpable import become_undumpable

port, open_port, free_port = map(int, sys.argv[1:])
told, tell = os.pipe()
child = os.fork()
if not child:
    become_undumpable()
    listener = socket.create_server(("127.0.0.1", port))
    os.write(tell, b".")
    signal.pause()
os.read(told, 1)
ours = {psutil.Process(child)}
other = socket.create_server(("127.0.0.1", open_port))
print(is_held_by(ours, port), is_held_by_others(lambda: ours, port))
print(is_held_by(ours, open_port), is_held_by_others(lambda: ours, open_port))
print(is_held_by(ours, free_port), is_held_by_others(lambda: ours, free_port))
os.kill(child, signal.SIGKILL)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can start programs as somebody else")
def test_program_that_cannot_be_looked_into_is_believed() -> None:
    """Unless somebody else is seen on the port, or nobody listens."""
    user = as_user(60_000 + os.getpid() % 5_000)
    ports = [str(free_port()) for _ in range(3)]
    with subprocess.Popen(
        [*user, sys.executable, "-c", LOOK, *ports],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        said, _ = process.communicate(timeout=LIMIT_S)

    assert said.splitlines() == ["True False", "False True", "False False"]
