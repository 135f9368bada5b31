"""The simulated org as a process of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from localstack import ROOT
from localstack.programs import python
from localstack.seed import org_seed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from localstack.keys import KeyPair
    from localstack.programs import Program


def org_program(
    folder: Path, port: int, keys: KeyPair, *, env: Mapping[str, str], log_path: Path
) -> Program:
    """Return ``python -m orgsim``, not started; its connected app has the public key.

    Args:
        folder: where its seed is written to.
        port: where it will listen.
        keys: of the connected app.
        env: its environment.
        log_path: where its output goes.
    """
    seed = folder / "org.json"
    seed.write_text(json.dumps(org_seed(keys.public_pem.decode()), indent=2))
    arguments = ("orgsim", "--port", str(port), "--seed", str(seed))
    env = {**env, "PYTHONPATH": str(ROOT)}
    return python("the simulated org", *arguments, env=env, log_path=log_path)
