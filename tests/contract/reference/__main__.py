"""``python -m tests.contract.reference PAGE``: write docs/differences.md anew, from a run."""

import sys
from pathlib import Path

from tests.contract.reference.declared import declared, problems
from tests.contract.reference.page import page
from tests.contract.reference.run import answers


def main() -> int:
    """Write the page that the command line names, or say what is not as declared."""
    here, differences = answers(), declared()
    if wrong := problems(here, differences):
        sys.stderr.write("".join(f"{each}\n" for each in wrong))
        return 1
    Path(sys.argv[1]).write_text(page(here, differences), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
