"""What neither apex-ls nor PMD looks at: whether the parts of force-app fit together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.checks.components import check_components
from apex.checks.custom_metadata import check_custom_metadata
from apex.checks.field_lists import check_field_lists
from apex.checks.fields import check_fields
from apex.checks.hosts import check_hosts
from apex.checks.layouts import check_layouts
from apex.checks.names import check_names
from apex.checks.pages import check_pages
from apex.checks.permission_sets import check_permission_sets
from apex.checks.replacements import check_replacements
from apex.checks.request_access import check_request_access
from apex.checks.shapes import check_files, check_shapes, check_versions
from apex.checks.signatures import check_signatures
from apex.checks.soql import check_queries
from apex.checks.visibility import check_visibility

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apex.checks.finding import Finding
    from apex.checks.project import Project


def check_consistency(project: Project) -> Iterator[Finding]:
    """Report what does not fit, in metadata and in Apex."""
    yield from check_metadata(project)
    yield from check_apex(project)


def check_metadata(project: Project) -> Iterator[Finding]:
    """Look at metadata files and pages."""
    yield from check_files(project)
    yield from check_shapes(project)
    yield from check_versions(project)
    yield from check_fields(project)
    yield from check_field_lists(project)
    yield from check_permission_sets(project)
    yield from check_request_access(project)
    yield from check_names(project)
    yield from check_layouts(project)
    yield from check_custom_metadata(project)
    yield from check_hosts(project)
    yield from check_replacements(project)
    yield from check_pages(project)
    yield from check_components(project)


def check_apex(project: Project) -> Iterator[Finding]:
    """Look into classes and triggers."""
    yield from check_queries(project)
    yield from check_visibility(project)
    yield from check_signatures(project)
