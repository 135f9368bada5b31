"""``python -m tests.contract.apex``: write the golden requests of force-app anew.

Do it after a change of what Apex sends, and look at the difference before it is committed.
"""

import sys

from tests.contract.apex.golden import FOLDER, WHY, as_text, golden_request

for name in WHY:
    path = FOLDER / f"{name}.json"
    path.write_text(as_text(golden_request(name)), "utf-8")
    sys.stdout.write(f"wrote {path}\n")
