"""``python -m demo.compose FOLDER``: a key pair, and the seed of an org that trusts it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from localstack.keys import load_key_pair
from localstack.seed import org_seed


def main() -> None:
    """Write ``private_key.pem`` and ``org.json`` into the folder that the command line names."""
    folder = Path(sys.argv[1])
    keys = load_key_pair(folder)
    (folder / "org.json").write_text(json.dumps(org_seed(keys.public_pem.decode())))


if __name__ == "__main__":
    main()
