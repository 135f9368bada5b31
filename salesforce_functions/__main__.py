"""``python -m salesforce_functions``: the same as the command ``sf-functions-python``."""

import sys

from salesforce_functions._internal.cli import main

# The guard matters: each worker process of `serve --workers` imports this file again.
if __name__ == "__main__":
    sys.exit(main())
