"""Runs Apex without an org: a tree walker over the syntax tree of Salesforce's own parser.

It is an emulation, not Salesforce. What it does not know it refuses with `NotEmulated`, with file
and line; it never passes over it in silence. Known differences: CPU time and heap are not limited,
sharing and field permissions are not applied (``as user`` and ``WITH USER_MODE`` run as system),
triggers of others do not exist, regular expressions are Python's.
"""

from tests.apex.emulator.errors import ApexThrown, IllegalApex, NotEmulated, Uncatchable

__all__ = ["ApexThrown", "IllegalApex", "NotEmulated", "Uncatchable"]
