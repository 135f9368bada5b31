"""When the function is restarted, stopped, started again, and when it is left alone."""

import pytest

from invocation.function.client import Health
from supervision.supervisor import Program
from supervision.watchdog.restart_policy import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    LOOP_ENDS,
    LOOP_S,
    Judge,
    Verdict,
)

START_S = 60.0


def program(state: str = "RUNNING", *, age_s: float = 1000, pid: int = 7) -> Program:
    """Return what supervisord says."""
    return Program(state=state, age_s=age_s, pid=pid)


def judge_of(failures: int = 3) -> Judge:
    """Return a judge that has seen nothing."""
    return Judge(failures=failures, start_s=START_S)


def looks(judge: Judge, seen: list[tuple[Program, bool]]) -> list[Verdict]:
    """Return the verdicts, one look every five seconds."""
    return [
        judge.look(each, health=Health.WELL if healthy else Health.SILENT, now_s=5.0 * number)
        for number, (each, healthy) in enumerate(seen)
    ]


def test_hung_function_is_restarted_after_so_many_misses() -> None:
    """Misses in a row count; one answer between them begins anew."""
    seen = [(program(), healthy) for healthy in (True, False, False, True, False, False, False)]

    assert looks(judge_of(), seen) == [Verdict.LEAVE] * 6 + [Verdict.RESTART]


def test_restarted_function_gets_all_its_time_again() -> None:
    """The new process begins without misses, and may take its time to start."""
    judge = judge_of(failures=2)
    assert looks(judge, [(program(), False)] * 2)[-1] is Verdict.RESTART

    young = program(age_s=3, pid=8)
    assert looks(judge, [(young, False)] * 10) == [Verdict.LEAVE] * 10


def test_slow_start_is_no_hang() -> None:
    """Until its first answer a process has as long as it may take to start."""
    starting, late = program(age_s=START_S - 1), program(age_s=START_S)

    assert looks(judge_of(1), [(starting, False)] * 5 + [(late, False)])[-2:] == [
        Verdict.LEAVE,
        Verdict.RESTART,
    ]


def test_young_process_that_has_answered_can_hang() -> None:
    """Its start is over with its first answer."""
    young = program(age_s=5)

    assert looks(judge_of(2), [(young, True), (young, False), (young, False)])[-1] is (
        Verdict.RESTART
    )


@pytest.mark.parametrize("state", ["STOPPED", "STARTING", "BACKOFF", "STOPPING", "EXITED"])
def test_program_that_does_not_run_is_left_to_supervisord(state: str) -> None:
    """It is about to be started, or a person has stopped it."""
    assert set(looks(judge_of(1), [(program(state), False)] * 5)) == {Verdict.LEAVE}


def test_single_ends_are_left_to_supervisord() -> None:
    """So are many, when they lie far apart."""
    judge = judge_of()

    assert {judge.ended(now_s=n * LOOP_S / (LOOP_ENDS - 1)) for n in range(50)} == {Verdict.LEAVE}


def test_crash_loop_is_stopped_and_tried_again() -> None:
    """Nobody is served by a start every second; the pause gives back the machine."""
    judge = judge_of()
    verdicts = [judge.ended(now_s=100.0 + n) for n in range(LOOP_ENDS)]
    assert verdicts == [Verdict.LEAVE] * (LOOP_ENDS - 1) + [Verdict.STOP]
    stopped_at_s = 100.0 + LOOP_ENDS - 1

    def look(now_s: float) -> Verdict:
        return judge.look(program("STOPPED"), health=Health.SILENT, now_s=now_s)

    assert look(stopped_at_s + FIRST_PAUSE_S - 0.1) is Verdict.LEAVE
    assert look(stopped_at_s + FIRST_PAUSE_S) is Verdict.START
    assert look(stopped_at_s + FIRST_PAUSE_S + 5) is Verdict.LEAVE


def test_pauses_grow_until_it_lives() -> None:
    """Each round of the loop waits longer, up to a limit; a long life begins anew."""
    judge = judge_of()
    pauses = []
    for _ in range(8):
        judge.given_up(now_s=0)
        pauses.append(judge.next_start_s)
        assert judge.look(program("FATAL"), health=Health.SILENT, now_s=1e9) is Verdict.START
    assert pauses == [10, 20, 40, 80, 160, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]

    judge.look(program(age_s=299), health=Health.WELL, now_s=0)
    judge.given_up(now_s=0)
    assert judge.next_start_s == LONGEST_PAUSE_S
    judge.look(program("FATAL"), health=Health.SILENT, now_s=1e9)
    judge.look(program(age_s=300), health=Health.WELL, now_s=0)
    judge.given_up(now_s=0)
    assert judge.next_start_s == FIRST_PAUSE_S


def test_function_that_answers_is_not_restarted() -> None:
    """An error is an answer: it hears us, and would only be cut off; it also ends a silence."""
    judge = judge_of(2)
    seen = [Health.SILENT, *[Health.UNWELL] * 50, Health.SILENT]

    verdicts = {judge.look(program(), health=each, now_s=0) for each in seen}

    assert verdicts == {Verdict.LEAVE}
    assert judge.look(program(), health=Health.SILENT, now_s=0) is Verdict.RESTART
