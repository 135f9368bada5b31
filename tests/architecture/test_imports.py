"""Who may know whom. A part, or a module of the proxy, imports only what its line here names."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# What runs apart talks HTTP; shared code would make both sides agree on their mistakes.
PARTS: dict[str, frozenset[str]] = {
    "proxy": frozenset(),
    "orgsim": frozenset(),
    "salesforce_functions": frozenset(),
    "function": frozenset({"salesforce_functions"}),
    "demo": frozenset(),
    "relay": frozenset({"proxy"}),
    "watchdog": frozenset({"proxy", "relay"}),
    "bench": frozenset({"orgsim", "demo"}),
    "tools": frozenset(),
}
NOT_PARTS = frozenset({"tests"})

# A module imports from lines above its own.
PROXY_LAYERS: tuple[frozenset[str], ...] = (
    frozenset(
        {
            "errors",
            "salesforce_names",
            "database_url",
            "private_key",
            "store_trouble",
            "org_sockets",
            "strict_json",
            "extra_info",
            "log_lines",
            "chunks",
            "heads",
            "bodies",
            "open_files",
            "one_core",
            "draining",
            "listeners",
            "undumpable",
            "derived_keys",
        }
    ),
    frozenset(
        {
            "logs",
            "org_hosts",
            "org_id",
            "metrics",
            "single_flight",
            "supervisor",
            "crowd",
            "backlog",
            "stop_signals",
            "function_port",
            "function_answer",
            "error_answer",
            "shown_ids",
        }
    ),
    frozenset({"settings_reader", "caller", "assertion", "admission", "framing", "at_rest"}),
    frozenset({"function_restart", "drain", "function_settings", "settings_warnings"}),
    frozenset({"config", "wire"}),
    frozenset({"identity", "jobs", "forward", "first_look", "token_refusals"}),
    frozenset({"org_http", "job_store"}),
    frozenset({"org_refusals"}),
    frozenset({"org", "function_client", "job_intake"}),
    frozenset({"function_health", "hold", "repeats", "concealment"}),
    frozenset({"tokens", "callers", "readiness"}),
    frozenset({"invoke"}),
    frozenset({"failures", "middleware", "invocations"}),
    frozenset({"operations"}),
    frozenset({"web"}),
    frozenset({"app", "server"}),
    frozenset({"__main__"}),
)

# Libraries that only these modules of the proxy know.
RESERVED: dict[str, frozenset[str]] = {
    "falcon": frozenset(
        {"web", "app", "failures", "invocations", "middleware", "operations", "shown_ids"}
    ),
    "requests": frozenset({"org_http", "org_sockets"}),
    "urllib3": frozenset({"org_http", "org_sockets"}),
    "tenacity": frozenset({"org_http", "hold"}),
    "waitress": frozenset({"server", "framing", "drain", "bodies"}),
    "httptools": frozenset({"function_answer"}),
    "prometheus_client": frozenset({"metrics"}),
    "jwt": frozenset({"assertion"}),
    "cachetools": frozenset({"identity", "callers", "repeats"}),
    "dbos": frozenset({"job_store"}),
    "sqlalchemy": frozenset({"job_store"}),
}
# Of the standard library, likewise: the environment and the end of the process.
RESERVED_NAMES: dict[str, frozenset[str]] = {
    "os.environ": frozenset({"__main__"}),
    "os.environb": frozenset({"__main__"}),
    "os.getenv": frozenset({"__main__"}),
    "sys.exit": frozenset({"__main__"}),
    "sys.argv": frozenset({"__main__"}),
    "os._exit": frozenset({"__main__", "stop_signals"}),
}


@dataclass(frozen=True)
class Module:
    """One file of ours."""

    name: str
    """Dotted, such as ``proxy.web``; a package's is that of its ``__init__``."""
    source: str
    is_package: bool = False

    @property
    def part(self) -> str:
        """The top folder."""
        return self.name.partition(".")[0]

    @property
    def short(self) -> str:
        """The name inside of its part."""
        return self.name.partition(".")[2]

    def imported(self) -> Iterator[str]:
        """Yield every dotted name that is imported anywhere in it, also for types only."""
        for node in ast.walk(ast.parse(self.source)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from (f"{base}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__"}:
                first = node.args[0] if node.args else None
                yield str(first.value) if isinstance(first, ast.Constant) else "<computed>"

    def used(self) -> Iterator[str]:
        """Yield ``module.name`` of each attribute that is used, and of each from-import."""
        for node in ast.walk(ast.parse(self.source)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                yield f"{node.value.id}.{node.attr}"
            elif isinstance(node, ast.ImportFrom) and not node.level:
                yield from (f"{node.module}.{alias.name}" for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        parts = parts[: len(parts) - node.level + self.is_package]
        return ".".join([*parts, node.module] if node.module else parts)


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def modules_of(part: str) -> list[Module]:
    """Return the modules in a folder; its own tests are not part of it."""
    modules = []
    for path in sorted((ROOT / part).rglob("*.py")):
        names = path.relative_to(ROOT).with_suffix("").parts
        if "tests" in names:
            continue
        is_package = names[-1] == "__init__"
        modules.append(
            Module(".".join(names[:-1] if is_package else names), path.read_text(), is_package)
        )
    return modules


def part_violations(module: Module, ours: frozenset[str]) -> list[str]:
    """Return what a module imports of other parts without being allowed to."""
    allowed = PARTS[module.part] | {module.part}
    return [
        f"{module.name} imports {name}"
        for name in module.imported()
        if name == "<computed>" or name.partition(".")[0] in ours - allowed
    ]


def layer_violations(module: Module) -> list[str]:
    """Return what a module of the proxy imports from its own layer or from above."""
    level = _level(module.short)
    return [
        f"{module.name} imports {name}"
        for name in module.imported()
        if name.startswith("proxy.")
        for other in [_module_in(name)]
        if other != module.short and _level(other) >= level
    ]


def reserved_violations(module: Module) -> list[str]:
    """Return the libraries and names that a module of the proxy uses and should not know."""
    libraries = [
        f"{module.name} imports {name}"
        for name in module.imported()
        if module.short not in RESERVED.get(name.partition(".")[0], {module.short})
    ]
    names = [
        f"{module.name} uses {name}"
        for name in module.used()
        if module.short not in RESERVED_NAMES.get(name, {module.short})
    ]
    return libraries + names


def _module_in(name: str) -> str:
    """``invocation.errors.InvalidRequest`` and ``invocation.errors`` are both ``errors``."""
    return name.split(".")[1]


def _level(short: str) -> int:
    for level, layer in enumerate(PROXY_LAYERS):
        if short in layer:
            return level
    return -1 if short == "" else len(PROXY_LAYERS)


OURS = frozenset(PARTS) | NOT_PARTS
ALL = [module for part in PARTS for module in modules_of(part)]
PROXY = [module for module in ALL if module.part == "proxy"]


def test_every_folder_with_python_has_its_line() -> None:
    """A new part cannot be added without deciding whom it may know."""
    found = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and any(path.rglob("*.py"))
    }

    assert found == OURS


def test_every_module_of_the_proxy_has_its_layer() -> None:
    """A new module cannot be added without deciding where it belongs."""
    layered = [name for layer in PROXY_LAYERS for name in layer]

    assert sorted(layered) == sorted(module.short for module in PROXY if module.short)


@pytest.mark.parametrize("module", ALL, ids=lambda module: module.name)
def test_parts_know_only_whom_they_may(module: Module) -> None:
    """Proxy, runtime, simulator and demo share no code, and nothing imports the tests."""
    assert part_violations(module, OURS) == []


@pytest.mark.parametrize("module", PROXY, ids=lambda module: module.name)
def test_the_proxy_is_layered(module: Module) -> None:
    """A module imports from the layers below its own, so a request reads from top to bottom."""
    assert layer_violations(module) == []


@pytest.mark.parametrize("module", PROXY, ids=lambda module: module.name)
def test_a_library_has_one_place(module: Module) -> None:
    """Only the edges know HTTP libraries; only the start reads the environment and ends."""
    assert reserved_violations(module) == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("invocation.request", "import orgsim"),
        ("invocation.request", "from orgsim.ids import to_18"),
        ("invocation.request", "import json, salesforce_functions.context as c"),
        ("invocation.request", "def f():\n    from tests.support import apex"),
        ("orgsim.app", "if TYPE_CHECKING:\n    from invocation.request import Claims"),
        ("orgsim.app", "importlib.import_module('invocation.request')"),
        ("orgsim.app", "__import__('proxy')"),
        ("orgsim.app", "importlib.import_module(name)"),
        ("salesforce_functions.testing", "import function.main"),
        ("function.main", "import proxy"),
        ("demo.story", "from orgsim import app"),
    ],
)
def test_a_forbidden_part_is_found(name: str, source: str) -> None:
    """The check itself: every way to import another part shows."""
    assert len(part_violations(Module(name, source), OURS)) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("invocation.errors", "from invocation.request import Claims"),
        ("invocation.request", "from invocation.settings.config import Config"),
        ("invocation.settings.config", "from invocation.request import SYNC"),
        ("invocation.request", "from proxy import invoke"),
        ("invocation.request", "from . import web"),
        ("invocation.request", "from .identity import Caller"),
        ("invocation.org.client", "from invocation.function.client import FunctionClient"),
        ("proxy.invoke", "if TYPE_CHECKING:\n    import proxy.web"),
        ("proxy.web", "def f():\n    import proxy.app"),
        ("proxy.web", "from proxy.forgotten import x"),
    ],
)
def test_a_forbidden_layer_is_found(name: str, source: str) -> None:
    """The check itself: upwards, sideways, relative, late and for types only."""
    assert len(layer_violations(Module(name, source))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("proxy.invoke", "import falcon"),
        ("invocation.request", "from falcon.errors import HTTPError"),
        ("invocation.org.identity", "import requests.adapters"),
        ("proxy.web", "from waitress import serve"),
        ("invocation.settings.config", "import os\nport = os.environ['PORT']"),
        ("invocation.settings.config", "from os import environ"),
        ("invocation.settings.config", "os.getenv('PORT')"),
        ("proxy.server", "sys.exit(1)"),
    ],
)
def test_a_reserved_name_is_found(name: str, source: str) -> None:
    """The check itself: a library or the environment used in the wrong place."""
    assert len(reserved_violations(Module(name, source))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("proxy.web", "import falcon, json\nfrom proxy.wire import SYNC\nfrom proxy import errors"),
        ("proxy.__main__", "import os\nos.environ\nfrom proxy.app import create_app"),
        ("proxy.server", "import os\nos.dup(0)"),
    ],
)
def test_what_is_allowed_is_not_found(name: str, source: str) -> None:
    """The check itself: it lets pass what the lines above allow."""
    module = Module(name, source)

    assert part_violations(module, OURS) == []
    assert layer_violations(module) == []
    assert reserved_violations(module) == []


def test_relative_imports_are_resolved() -> None:
    """The check itself: dots mean the same as they do to Python."""
    source = "from . import a\nfrom .b import c\nfrom .. import d\nfrom ..e import f"

    assert list(Module("x.y.z", source).imported()) == ["x.y.a", "x.y.b.c", "x.d", "x.e.f"]
    assert list(Module("x.y", source, is_package=True).imported()) == [
        "x.y.a",
        "x.y.b.c",
        "x.d",
        "x.e.f",
    ]
