"""``python -m bench jobs|runtime|sync``: measure, and print each number beside its floor."""

from __future__ import annotations

import argparse
import signal
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, resource_tracker
from typing import TYPE_CHECKING, Final

# The process that makes the load imports this module too, and needs none of what is imported late:
# it took as long to start as everything else together.

if TYPE_CHECKING:
    from types import FrameType

FAILED: Final = 1
USAGE: Final = 2
_EPILOG: Final = "What the tables mean, and what was found last: docs/performance.md."


def main() -> int:
    """Run one bench; 0 when it was measured, whatever came out."""
    from bench.programs import end_what_is_left  # noqa: PLC0415
    from bench.report import print_json, print_tables, show_progress  # noqa: PLC0415
    from bench.rounds import Rounds, WrongAnswersError  # noqa: PLC0415
    from localstack.postgres import NoPostgresError  # noqa: PLC0415
    from localstack.waiting import NotReadyError  # noqa: PLC0415

    arguments = _parser().parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with _generator() as generator, show_progress() as step:
            rounds = Rounds(count=arguments.rounds, generator=generator, step=step)
            comparisons = arguments.run(arguments, rounds)
    except (NotReadyError, WrongAnswersError) as error:
        sys.stderr.write(f"bench: {error}\n")
        return FAILED
    except NoPostgresError as error:
        sys.stderr.write(f"bench: {error}\n")
        return USAGE
    except KeyboardInterrupt:
        end_what_is_left()
        sys.stderr.write("bench: stopped; no process is left\n")
        return FAILED
    (print_json if arguments.json else print_tables)(arguments.bench, comparisons)
    return 0


def _generator() -> ProcessPoolExecutor:
    """Start the process that makes the load; it is born deaf to Ctrl-C, which is ours to handle.

    Blocked, not ignored: what comes meanwhile is taken right after.
    """
    resource_tracker.ensure_running()  # started later, it would unblock the signal
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        generator = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        generator.submit(abs, 0)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])
    return generator


def _parser() -> argparse.ArgumentParser:
    from bench import jobs, runtime, sync  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure on this machine; each number comes beside a floor of the same rounds.",
        epilog=_EPILOG,
    )
    benches = parser.add_subparsers(dest="bench", required=True, metavar="{jobs,runtime,sync}")
    for module, told in (
        (jobs, "/async beside a bare durable insert; from the 201 to the org's PATCH"),
        (runtime, "the Python runtime beside a bare uvicorn app: its start, its calls"),
        (sync, "/sync, warm, beside a static app on the same server and beside no proxy"),
    ):
        name = module.__name__.rpartition(".")[2]
        bench = benches.add_parser(name, help=told, description=told, epilog=_EPILOG)
        bench.set_defaults(run=module.run)
        bench.add_argument("--rounds", type=_positive, default=4, help="rounds (%(default)s)")
        bench.add_argument("--json", action="store_true", help="all rounds as JSON, no table")
        module.add_arguments(bench)
    return parser


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise ValueError
    return number


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
