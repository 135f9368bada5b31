"""``python -m invocation.settings PAGE``: writes the tables of docs/configuration.md anew."""

from __future__ import annotations

import sys
from pathlib import Path

from invocation.settings.page import rewritten


def main() -> int:
    """Write the page that the command line names, or say which setting it has no row for."""
    page = Path(sys.argv[1])
    try:
        page.write_text(rewritten(page.read_text()))
    except ValueError as error:
        sys.stderr.write(f"{page}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
