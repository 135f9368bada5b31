"""Runs the test methods of a project, each in an org of its own."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from apex.emulator import library  # noqa: F401 - its types must be known before linking
from apex.emulator.errors import IllegalApex, NotEmulated, Uncatchable
from apex.emulator.jobs.running import commit, run_job
from apex.emulator.language.apex import APEX
from apex.emulator.machine import Machine
from apex.emulator.operations.text_form import to_text
from apex.emulator.platform.org import Org, OrgIdentity
from apex.emulator.platform.testing import TestContext
from apex.emulator.source.class_reading import load_program
from apex.emulator.source.schema import load_schema
from apex.emulator.type_rules import TypeRules
from apex.emulator.values import ApexThrown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from apex.emulator.source.classes import ClassInfo, Method, Program
    from apex.emulator.values import ApexObject

_PYTHON_FRAMES: Final = 30_000
"""Enough for Apex's 1,000 calls inside each other."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TestMethod:
    """One Apex test."""

    __test__ = False  # pytest would collect it by its name

    cls: ClassInfo
    method: Method

    @property
    def name(self) -> str:
        """``Class.method``."""
        return f"{self.cls.name}.{self.method.name}"


@dataclass(frozen=True, kw_only=True, slots=True)
class TestResult:
    """What became of one Apex test."""

    __test__ = False

    name: str
    failure: str | None
    """Why it failed; None when it passed."""
    seconds: float
    hits: dict[Path, set[int]] = field(repr=False)


class Project:
    """A loaded project: parse and link once, run many tests."""

    def __init__(self, folders: Iterable[Path], *, fresh_statics: bool = False) -> None:
        sys.setrecursionlimit(max(sys.getrecursionlimit(), _PYTHON_FRAMES))
        held = list(folders)
        self.program: Program = load_program(load_schema(held), held)
        self.types = TypeRules(self.program)
        self.fresh_statics = fresh_statics

    def tests(self) -> Iterator[TestMethod]:
        """Yield every test method."""
        for info in self.program.classes.values():
            if not info.is_test:
                continue
            for overloads in info.methods.values():
                for method in overloads:
                    if "istest" in method.annotations:
                        yield TestMethod(cls=info, method=method)

    def machine(self, org: Org | None = None, identity: OrgIdentity | None = None) -> Machine:
        """Return a machine in a new org, or in one that is given."""
        return Machine(
            APEX, self.program, org or Org(self.program, identity or OrgIdentity()), self.types
        )

    def run(self, test: TestMethod) -> TestResult:
        """Run one test method after the class's ``@TestSetup``, in an empty org."""
        m = self.machine()
        m.org.turn.acquire()
        started = time.perf_counter()
        failure = None
        try:
            _refuse_all_data(test)
            self._set_up(m, test.cls)
            self._run_as_test(m, test.method)
        except ApexThrown as thrown:
            failure = _thrown_text(m, thrown)
        except (Uncatchable, NotEmulated, IllegalApex) as error:
            failure = (
                f"{type(error).__name__}: {error}"
                if not isinstance(error, Uncatchable)
                else str(error)
            )
        # One test that breaks the emulator must not hide the results of the others.
        except Exception as error:  # noqa: BLE001
            failure = f"the emulator broke at {m.place}: {error!r}"
        return TestResult(
            name=test.name, failure=failure, seconds=time.perf_counter() - started, hits=m.hits
        )

    def _set_up(self, m: Machine, info: ClassInfo) -> None:
        for overloads in info.methods.values():
            for method in overloads:
                if "testsetup" in method.annotations:
                    self._run_as_test(m, method)

    def _run_as_test(self, m: Machine, method: Method) -> None:
        """Run a method as a transaction of its own: static fields begin anew."""
        user = m.org.identity.user_id
        m.transaction = type(m.transaction)(user_id=user)
        m.begin_undo()
        m.test = TestContext(fresh_statics=self.fresh_statics)
        m.call(method, None, [])
        commit(m)
        waiting = m.test.earlier + ([] if m.test.stopped else m.test.jobs)
        for job in waiting:
            failure = run_job(m, job)
            if failure is not None:
                raise failure


def _refuse_all_data(test: TestMethod) -> None:
    for each in (test.cls.annotations, test.method.annotations):
        if each.get("istest", {}).get("seealldata") == "true":
            raise NotEmulated(f"not emulated: SeeAllData in {test.name}")


def _thrown_text(m: Machine, thrown: ApexThrown) -> str:
    parts: list[str] = []
    each: ApexObject | None = thrown.value
    while each is not None:
        parts.append(f"{to_text(m, each)} ({each.fields.get('place', '?')})")
        each = each.fields.get("cause")
    return "; caused by ".join(parts)
