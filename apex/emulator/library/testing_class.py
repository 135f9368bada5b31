"""Test: mocks, startTest and stopTest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apex.emulator.errors import IllegalApex, Uncatchable
from apex.emulator.jobs.running import commit, run_job
from apex.emulator.platform.limits import Limits
from apex.emulator.registry import static
from apex.emulator.saving.permission_groups import UPDATED, set_status
from apex.emulator.values import ApexList, ApexObject, Id, TypeValue, Value

if TYPE_CHECKING:
    from apex.emulator.machine import Machine

_LONGEST_DELAY_MINUTES = 10


@static("Test.isRunningTest")
def _is_running_test(m: Machine) -> bool:
    return m.test is not None


@static("Test.startTest")
def _start_test(m: Machine) -> None:
    """Begin fresh limits; DML that came before no longer forbids a callout."""
    test = m.test
    if test is None or test.started:
        raise Uncatchable("System.FinalException: Testing already started")
    test.started = True
    test.outer = (m.transaction.limits, m.transaction.pending)
    m.transaction.limits, m.transaction.pending = Limits(), False
    m.transaction.saved_kinds, m.transaction.locked = {}, None
    commit(m)
    test.earlier, test.jobs = test.jobs, []


@static("Test.stopTest")
def _stop_test(m: Machine) -> None:
    """Run what was enqueued since startTest, then go on with the limits of before."""
    test = m.test
    if test is None or not test.started or test.stopped or test.outer is None:
        raise Uncatchable("System.FinalException: Testing has not started")
    test.stopped = True
    commit(m)
    waiting, test.jobs = test.jobs, []
    try:
        for job in waiting:
            failure = run_job(m, job)
            if failure is not None:
                raise failure
    finally:
        m.transaction.limits, m.transaction.pending = test.outer


@static("Test.setMock")
def _set_mock(m: Machine, interface: TypeValue, mock: ApexObject) -> None:
    if m.test is None:
        raise IllegalApex(f"Test.setMock outside of a test, at {m.place}")
    m.test.mocks[interface.of.name.lower()] = mock


@static("Auth.HttpCalloutMockUtil.setHttpMock")
def _set_auth_mock(m: Machine, mock: ApexObject) -> None:
    if m.test is not None:
        m.test.mocks["auth"] = mock


@static("Test.getStandardPricebookId")
def _standard_pricebook_id() -> Id:
    return Id("01sxx000000AAAAAAA")


@static("Test.setCreatedDate")
def _set_created_date(m: Machine, record_id: Id, moment: Value) -> None:
    for name, rows in m.org.database.tables.items():
        if record_id in rows:
            m.org.database.put(name, {**rows[record_id], "createddate": moment})


@static("Test.setCurrentPage")
def _set_current_page(m: Machine, page: Value) -> None:
    if m.test is not None:
        m.test.page = page


@static("Test.calculatePermissionSetGroup")
def _calculate_permission_set_group(m: Machine, given: Value) -> None:
    """Calculate what one group, or each of a list, grants."""
    for group_id in given.items if isinstance(given, ApexList) else [given]:
        if group_id not in m.org.database.rows("PermissionSetGroup"):
            raise m.throw("IllegalArgumentException", f"no permission set group {group_id}")
        set_status(m, group_id, UPDATED)


@static("Test.loadData")
def _load_data(m: Machine, *_given: Value) -> None:
    raise m.not_emulated("Test.loadData")
