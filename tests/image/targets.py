"""The Dockerfile's targets: what each is built of here, and how large it may become."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Target:
    """One of them."""

    name: str
    folder: str
    """Of the function, in the project."""
    says: str
    """What is in its answer to a visitor called Ada, of an org with an account Acme."""
    processes: str
    """What the command line of each process of the function has, and no other one's."""
    most_above_base_mib: int
    most_idle_memory_mib: int

    @property
    def tag(self) -> str:
        """What its image is called here."""
        return f"salesforce-functions:test-{self.name}"


PYTHON: Final = Target(
    name="python",
    folder="function",
    says='"greeting":"Hello, Ada!"',
    processes="salesforce_functions",
    most_above_base_mib=128,
    most_idle_memory_mib=256,  # half of the smallest dyno
)
NODE: Final = Target(
    name="node",
    folder="examples/typescriptfunction",
    says='"name":"Acme"',
    processes="sf-fx-runtime-nodejs",
    most_above_base_mib=320,
    most_idle_memory_mib=384,
)
JAVA: Final = Target(
    name="java",
    folder="examples/javafunction",
    says='"name":"Acme"',
    processes="runtime.jar",
    most_above_base_mib=368,
    most_idle_memory_mib=320,
)
TARGETS: Final = (PYTHON, NODE, JAVA)
