"""What compose.yaml runs of the demo."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from localstack import ROOT


def test_the_org_of_compose_needs_only_what_the_image_has(tmp_path: Path) -> None:
    """``demo.compose`` runs in the image, which has none of the packages for development."""
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    dev = [re.split(r"[^a-z0-9_-]", each)[0] for each in groups["dev"] if isinstance(each, str)]
    assert {"rich", "psutil"} <= set(dev)
    program = (
        f"import sys\nfor name in {dev}: sys.modules[name] = None\n"
        "import demo.compose\ndemo.compose.main()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)

    assert (tmp_path / "org.json").stat().st_size > 0
