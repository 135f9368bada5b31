"""A copy of force-app to make mistakes in."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from apex.tools.installed import missing

REPOSITORY: Final = Path(__file__).parents[2]
MAIN: Final = Path("force-app", "main", "default")
CONFIGURATION: Final = Path("org-configuration", "main", "default")
FOLDERS: Final = [REPOSITORY / MAIN.parts[0], REPOSITORY / CONFIGURATION.parts[0]]
"""What is deployed: the package directories."""
OF_CONFIGURATION: Final = ("customMetadata/", "remoteSiteSettings/")
META: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<{root} xmlns="http://soap.sforce.com/2006/04/metadata">\n'
    "    <apiVersion>65.0</apiVersion>\n    <status>Active</status>\n</{root}>\n"
)
SEED_FIELD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<CustomField xmlns="http://soap.sforce.com/2006/04/metadata">\n'
    "    <fullName>Seed__c</fullName>\n    <label>Seed</label>\n    {}\n</CustomField>\n"
)
SEED_TRIGGER: Final = """trigger SeedTrigger on AsyncFunctionInvocationRequest__c (after update) {
    Function.nothing(Trigger.new);
}
"""


def where(name: str) -> Path:
    """Return a file's path in the project by its name below ``main/default``."""
    return (CONFIGURATION if name.startswith(OF_CONFIGURATION) else MAIN) / name


def require_programs() -> None:
    """Skip a test where the checks cannot run, which CI does not allow."""
    if lines := missing():
        pytest.skip(f"not installed: {'; '.join(lines)}")


@dataclass(frozen=True)
class Copy:
    """A project of its own."""

    root: Path

    @classmethod
    def into(cls, root: Path) -> "Copy":
        """Copy what is deployed, and what says that it is a project."""
        for folder in FOLDERS:
            shutil.copytree(folder, root / folder.name)
        shutil.copy(REPOSITORY / "sfdx-project.json", root)
        return cls(root)

    def path(self, name: str) -> Path:
        """Return a file by its name below ``main/default`` of its package directory."""
        return self.root / where(name)

    def write(self, name: str, text: str) -> None:
        """Add or overwrite a file."""
        self.path(name).parent.mkdir(parents=True, exist_ok=True)
        self.path(name).write_text(text, "utf-8")

    def write_class(self, name: str, text: str) -> None:
        """Add a class with its metadata file."""
        self.write(f"classes/{name}.cls", text)
        self.write(f"classes/{name}.cls-meta.xml", META.format(root="ApexClass"))

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace the first match of a pattern; there must be one."""
        text = self.path(name).read_text("utf-8")
        changed, count = re.subn(old, new, text, count=1, flags=re.DOTALL)
        assert count == 1, f"{name} has no {old}"
        self.path(name).write_text(changed, "utf-8")
