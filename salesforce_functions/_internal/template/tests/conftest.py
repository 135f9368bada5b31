"""Lets tests say ``from main import function``, as the runtime finds it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
