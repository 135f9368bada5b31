"""What a test sends to a program arrives, however the tests were started."""

import os
import subprocess
import sys
from pathlib import Path

from localstack import ROOT

LIMIT_S = 110
TEST = """
import signal, subprocess, sys

def test_a_child_takes_ctrl_c():
    code = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "True\\n"
"""


def test_ctrl_c_reaches_programs_of_tests_that_run_in_the_background(tmp_path: Path) -> None:
    """``make test &`` in a script makes the shell ignore SIGINT for all that is started there."""
    test = tmp_path / "test_child.py"
    test.write_text(TEST)
    arguments = f"-p tests.conftest -p no:cacheprovider -c {os.devnull} -q {test}"
    command = f"{sys.executable} -m pytest {arguments} & wait $!"

    done = subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )

    assert done.returncode == 0, done.stdout
