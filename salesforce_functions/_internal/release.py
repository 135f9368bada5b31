"""Which release this is, told in one place that imports nothing."""

from typing import Final

VERSION: Final = "0.7.0"
"""Three numbers: tools that read the output of ``sf-functions-python version`` expect that."""
