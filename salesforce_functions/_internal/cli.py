"""The command ``sf-functions-python``."""

import argparse
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from salesforce_functions._internal.function_loader import LoadFunctionError, load_function
from salesforce_functions._internal.log import prepare_stdout
from salesforce_functions._internal.new_project import FILES, NewProjectError, create_project
from salesforce_functions._internal.project import ProjectError, load_project
from salesforce_functions._internal.release import VERSION
from salesforce_functions._internal.requirements import Requirements, RequirementsError
from salesforce_functions._internal.runtime_versions import RuntimeVersions

_PROGRAM = "sf-functions-python"
_COMMANDS = "{check,new,requirements,serve,version}"
_MAX_PORT = 65535


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        argv: The arguments after the program's name; those of this process when not given.

    Returns:
        The exit code.

    Raises:
        SystemExit: with 2 for arguments that make no sense, with 0 after ``--help``.
    """
    arguments = _parser().parse_args(argv)
    prepare_stdout()
    run: Callable[[argparse.Namespace], int] = arguments.run
    return run(arguments)


def _version(_: argparse.Namespace) -> int:
    print(VERSION)  # noqa: T201
    return 0


def _check(arguments: argparse.Namespace) -> int:
    try:
        load_project(arguments.project_path)
        load_function(arguments.project_path)
    except (ProjectError, LoadFunctionError) as error:
        print(f"Function failed validation: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print("Function passed validation.")  # noqa: T201
    return 0


def _new(arguments: argparse.Namespace) -> int:
    try:
        create_project(arguments.project_path)
    except NewProjectError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    folder = shlex.quote(str(arguments.project_path))
    print(f"Created {', '.join(FILES)} in {folder}.")  # noqa: T201
    print(f"Serve it: {_PROGRAM} serve {folder}")  # noqa: T201
    print(f"Test it:  cd {folder} && pytest")  # noqa: T201
    return 0


def _requirements(arguments: argparse.Namespace) -> int:
    try:
        bounds = arguments.bounds.read_text(encoding="utf-8") if arguments.bounds else ""
        requirements = Requirements(arguments.project_path, RuntimeVersions(bounds))
    except OSError as error:
        print(f"Error: {arguments.bounds} cannot be read: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except RequirementsError as error:
        print(f"Error: {error}", file=sys.stderr)  # noqa: T201
        return 1
    sys.stderr.writelines(f"{notice}\n" for notice in requirements.notices)
    sys.stdout.writelines(f"{line}\n" for line in requirements.lines)
    return 0


def _serve(arguments: argparse.Namespace) -> int:
    workers: int = arguments.workers
    multi = f"multi-process mode ({workers} worker processes)"
    mode = multi if workers > 1 else "single process mode"
    print(f"Starting {_PROGRAM} v{VERSION} in {mode}.")  # noqa: T201
    # Being asked to stop is no failure, at whatever moment.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop_at_once)
    # Imported late: the other commands need no server and start twice as fast without.
    from salesforce_functions._internal.server import serve  # noqa: PLC0415

    return serve(arguments.project_path, host=arguments.host, port=arguments.port, workers=workers)


def _stop_at_once(_: int, __: FrameType | None) -> None:
    """End the process while it starts: nothing is running yet that would have to be finished.

    An exception would not do: it is raised wherever the program happens to be, and lost when that
    is a callback of the interpreter, or code that catches everything.
    """
    os._exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=_PROGRAM, description="Run Salesforce Functions in Python.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar=_COMMANDS)

    for name, run, text in (
        ("check", _check, "check that a function can be loaded"),
        ("new", _new, "make a project to start from"),
        ("requirements", _requirements, "print what a function needs besides the runtime"),
        ("serve", _serve, "serve a function over HTTP"),
        ("version", _version, "print the version"),
    ):
        command = commands.add_parser(name, help=text)
        command.allow_abbrev = False
        command.set_defaults(run=run)
        if run is not _version:
            command.add_argument(
                "project_path", metavar="project-path", type=Path, help="directory of the function"
            )
    commands.choices["requirements"].add_argument(
        "--bounds", type=Path, metavar="FILE", help="versions that the runtime needs, name==version"
    )
    serve = commands.choices["serve"]
    serve.add_argument("--host", default="localhost", help="address to listen on (%(default)s)")
    serve.add_argument(
        "-p", "--port", type=_number(0, _MAX_PORT), default=8080, help="port (%(default)s)"
    )
    serve.add_argument(
        "-w", "--workers", type=_number(1, 1000), default=1, help="processes (%(default)s)"
    )
    return parser


def _number(low: int, high: int) -> Callable[[str], int]:
    """Return what argparse calls to read a whole number within bounds."""

    def number(text: str) -> int:
        value = int(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high}, not {value}")
        return value

    return number
