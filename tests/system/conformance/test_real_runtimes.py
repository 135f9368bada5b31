"""The Python runtime, the official ones for Node and Java, and plain Go keep the contract."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.examples.toolchains import LIMIT_S, ROOT, built

pytestmark = pytest.mark.timeout(2 * LIMIT_S)
FUNCTIONS = ROOT / "conformance" / "functions"


def place_of(language: str) -> tuple[Path, dict[str, str]]:
    """Return where the conformance function is started, and with what environment."""
    if language == "python":
        return FUNCTIONS / language, {}
    if language == "node":
        modules = built("examples/typescriptfunction") / "node_modules"
        return FUNCTIONS / language, {"NODE_MODULES": str(modules)}
    return built(f"conformance/functions/{language}"), {}


@pytest.mark.parametrize("language", ["python", "node", "java", "go"])
def test_a_real_runtime_keeps_the_contract(
    language: str, record_property: Callable[[str, object], None]
) -> None:
    """What the proxy asks of a function's server, these four do."""
    folder, env = place_of(language)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "conformance", "--folder", folder, "--command", "exec ./start"],
        cwd=ROOT,
        env=os.environ | env | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    record_property("measured", f"conformance of {language}: {done.stdout.splitlines()[0]}")

    assert "18 checks, no faults" in done.stdout, done.stdout
    assert done.returncode == 0
