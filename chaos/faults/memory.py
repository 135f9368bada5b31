"""What everything takes at rest, and how much more while large payloads are under way."""

from typing import Final

import psutil

from chaos.faults.calls import Call, told
from chaos.faults.report import Report, Tell
from chaos.faults.stage import load_on, running_calls
from localstack.stack import Stage
from localstack.waiting import wait_until

CALL_S: Final = 5.0
ENDS_S: Final = 60.0
OURS: Final = {"proxy", "relay", "watchdog"}
NAMES: Final = {"cat": "the log"}


def memory(stage: Stage, tell: Tell, *, calls: int = 100, megabytes: int = 1) -> Report:
    """Measure at rest, after one call of each kind, and while so many payloads are under way."""
    report = Report(scenario="memory")
    rest = _note(report, stage, "at rest", "")
    load = load_on(stage, per_second=0)
    with load.running():
        load.send_at_once([Call(), Call(record_id=stage.org.create_record().id)])
        load.wait_for(2)
        used = _note(report, stage, "after one call of each kind", "used: ")
        tell(f"{calls} payloads of {megabytes} MB")
        sent = [Call(seconds=CALL_S, padding_bytes=megabytes * 10**6) for _ in range(calls)]
        load.send_at_once(sent)
        wait_until(lambda: running_calls(stage) >= calls, "all payloads", limit_s=ENDS_S)
        full = _note(report, stage, f"with {calls} payloads of {megabytes} MB", "full: ")
        wait_until(lambda: all(call.outcome for call in sent), "every end", limit_s=ENDS_S)
    report.figures["more for each MB under way"] = (full - used) / (calls * megabytes)
    report.problems = told(call for call in load.calls if not call.is_good)
    report.require(rest < used < full, "the numbers make no sense")
    return report


def _note(report: Report, stage: Stage, when: str, prefix: str) -> float:
    """Note the PSS of every program, in MB; return their sum."""
    supervisord = psutil.Process(stage.container.process.pid)
    sizes: dict[str, float] = {}
    for process in [supervisord, *supervisord.children(recursive=True)]:
        name = _name(process)
        sizes[name] = sizes.get(name, 0) + process.memory_full_info().pss / 1e6
    report.figures[f"MB {when}"] = sum(sizes.values())
    report.figures |= {f"  {prefix}{name}": size for name, size in sorted(sizes.items())}
    return sum(sizes.values())


def _name(process: psutil.Process) -> str:
    words, name = process.cmdline(), process.name()
    if "-m" not in words or name in OURS:
        return NAMES.get(name, name)
    return words[words.index("-m") + 1].replace("supervision.container", "supervisord")
