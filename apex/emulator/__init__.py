"""Runs Apex without an org: a tree walker over the syntax tree of Salesforce's own parser.

It is an emulation, not Salesforce. What it does not know it refuses with `NotEmulated`, with file
and line; it never passes over it in silence. What it knows to do otherwise than an org:

- CPU time and heap are not limited; the Limits class shows small constants for them.
- Sharing is not applied. In user mode a user has on custom objects and fields what permission sets
  grant; profiles grant nothing, and standard objects and custom metadata are open to everybody.
- Access modifiers are not checked: the type checker does that.
- ``FOR UPDATE`` locks nothing: transactions take turns anyway, and only a callout lets others run.
  So a callout after it ends the run, as it gives the rows free. A test may have rows found locked
  (``Org.locks``); nobody waits ten seconds for them.
- A partly failed ``Database.insert`` does not run triggers a second time for the good rows.
- Regular expressions are Python's; sorting of text is by code point.
- In tests, jobs at ``stopTest`` share the test's static fields, or not (``fresh_statics``): sources
  disagree, so both can be tried. A job that a finalizer enqueues in a test stays queued.

| to change | look at |
|---|---|
| what a class of the platform can do | ``library/``, one file per area, found by ``registry.py`` |
| an expression, a statement, a call | ``language/``, and ``type_rules.py`` |
| how values compare, look and convert | ``operations/`` |
| what a query finds | ``soql/`` |
| what a save does and refuses, what triggers see | ``saving/`` |
| classes, objects and fields as files say them | ``source/`` |
| the org, transactions, limits | ``platform/`` |
| asynchronous Apex | ``jobs/`` |
| what all of these know of the run | ``run_state.py``, ``machine.py`` |
| how tests run and are reported | ``runner.py``, ``coverage_report.py`` |
| Apex inside a Python test | ``embedding.py``, ``platform/org.py`` |
"""

from apex.emulator.errors import IllegalApex, NotEmulated, Uncatchable
from apex.emulator.values import ApexThrown

__all__ = ["ApexThrown", "IllegalApex", "NotEmulated", "Uncatchable"]
