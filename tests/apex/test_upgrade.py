"""What is deleted in an org that has the public reference framework."""

from pathlib import Path

from apex.checks.project import API_VERSION
from apex.checks.shapes import shapes
from apex.checks.xml_tree import NAMESPACE, Element, read_xml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "config" / "from-reference"
REPLACED = ("InvokeJavaFunction", "InvokeTypescriptFunction")
"""Its classes that keep their names here, without the actions that its pages call."""


def read(name: str) -> Element:
    """Return the manifest of this name."""
    return read_xml((FOLDER / name).read_bytes())


def deleted() -> list[tuple[str, str]]:
    """Return type and name of whatever is deleted."""
    types = read("destructiveChanges.xml").all("types")
    return [(each.value("name"), member.text) for each in types for member in each.all("members")]


def test_nothing_that_is_shipped_is_deleted() -> None:
    """A deletion takes away what an upgrade would leave behind, and nothing of force-app."""
    suffixes = {name: shape["suffix"] for name, shape in shapes().items()}
    shipped = {
        (name, path.name.removesuffix(suffix))
        for name, suffix in suffixes.items()
        for path in (ROOT / "force-app").rglob(f"*{suffix}")
    }

    assert set(deleted()) & shipped == set()
    assert len(shipped) > 100


def test_every_page_that_calls_what_is_gone_is_deleted() -> None:
    """A page whose action is gone would keep its class from being deployed."""
    for name in REPLACED:
        for way in ("Sync", "Async"):
            assert ("ApexPage", f"Account{way}{name}") in deleted()


def test_manifests_are_of_the_release_that_is_deployed() -> None:
    """Both are manifests of the release that force-app is written for, and one deploys nothing."""
    package, changes = read("package.xml"), read("destructiveChanges.xml")

    assert [each.tag for each in package.children] == ["version"]
    for each in (package, changes):
        assert (each.tag, each.namespace) == ("Package", NAMESPACE)
        assert each.value("version") == API_VERSION


def test_the_page_about_apex_names_the_folder() -> None:
    """Whoever comes from the reference is told the command."""
    assert "--metadata-dir config/from-reference" in (ROOT / "docs" / "apex.md").read_text("utf-8")
