"""``bin/function`` starts what the folder holds, in its language."""

import signal
from pathlib import Path

import pytest

from tests.support.function_start import environment, run_function


def folder_with(folder: Path, *names: str) -> Path:
    """Return a folder that holds empty files."""
    for name in names:
        folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        folder.joinpath(name).touch()
    return folder


def programs(folder: Path, *names: str) -> str:
    """Return a PATH on which these print their arguments, and which signals they ignore."""
    folder.mkdir()
    for name in names:
        script = '#!/bin/bash\necho "${0##*/} $*"\ngrep SigIgn /proc/self/status\n'
        folder.joinpath(name).write_text(script)
        folder.joinpath(name).chmod(0o755)
    return f"{folder}:{environment()['PATH']}"


CLI = "node_modules/@heroku/sf-fx-runtime-nodejs/bin/cli.js"


def test_node_function_is_served_by_its_runtime(tmp_path: Path) -> None:
    """With room for the contexts that the proxy lets through."""
    folder = folder_with(tmp_path / "fn", "package.json", CLI)
    done = run_function(FUNCTION_DIR=str(folder), PATH=programs(tmp_path / "bin", "node"))

    options = "--max-http-header-size=131072 --enable-source-maps"
    assert done.stdout.splitlines()[0] == (
        f"node {options} {CLI} serve . --host 127.0.0.1 --port 1234"
    )


@pytest.mark.parametrize("bundle", [".", "target/bundle"], ids=["bundle", "project"])
def test_java_function_is_served_by_its_runtime(tmp_path: Path, bundle: str) -> None:
    """A bundle, or the project that it was made in; the JVM ignores the SIGTERM that all get."""
    names = ("pom.xml", "target/runtime.jar", f"{bundle}/function-bundle.toml")
    folder = folder_with(tmp_path / "fn", *names)
    done = run_function(FUNCTION_DIR=str(folder), PATH=programs(tmp_path / "bin", "java"))
    command, ignored = done.stdout.splitlines()

    assert command.startswith("java -XX:+UseSerialGC ")
    assert command.endswith(f"-jar target/runtime.jar serve {bundle} --host 127.0.0.1 --port 1234")
    assert int(ignored.split()[1], 16) & 1 << signal.SIGTERM - 1


def test_java_options_of_the_operator_are_the_only_ones(tmp_path: Path) -> None:
    """Who sets JAVA_TOOL_OPTIONS has chosen."""
    jar = str(folder_with(tmp_path, "runtime.jar") / "runtime.jar")
    done = run_function(
        FUNCTION_DIR=str(folder_with(tmp_path / "fn", "function-bundle.toml")),
        SF_FX_RUNTIME_JAR_FILEPATH=jar,
        JAVA_TOOL_OPTIONS="-Xmx1g",
        PATH=programs(tmp_path / "bin", "java"),
    )

    assert done.stdout.startswith(f"java -jar {jar} ")


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ((), "holds no function: no main.py, package.json, pom.xml or function-bundle.toml."),
        (("package.json",), f"there is no {CLI} in "),
        (("pom.xml",), "set SF_FX_RUNTIME_JAR_FILEPATH to sf-fx-runtime-java-runtime-"),
        (
            ("pom.xml", "runtime.jar"),
            "/target/bundle: make it by `java -jar runtime.jar bundle . target/bundle`",
        ),
    ],
    ids=["empty", "node", "java", "not-built"],
)
def test_folder_that_can_not_be_served_says_what_to_do(
    tmp_path: Path, names: tuple[str, ...], says: str
) -> None:
    """In one line, with exit code 2."""
    folder = folder_with(tmp_path, "other.txt", *names)
    jar = {"SF_FX_RUNTIME_JAR_FILEPATH": "runtime.jar"} if "runtime.jar" in names else {}
    done = run_function(FUNCTION_DIR=str(folder), **jar)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert says in done.stderr


def test_function_command_wins(tmp_path: Path) -> None:
    """Whatever the folder holds."""
    folder = folder_with(tmp_path, "main.py", "package.json")
    done = run_function(FUNCTION_DIR=str(folder), FUNCTION_COMMAND="echo mine")

    assert done.stdout == "mine\n"


def test_function_has_a_home(tmp_path: Path) -> None:
    """Node's runtime ends without a word when there is none, as under systemd."""
    home = "exec printenv HOME"
    folder = str(folder_with(tmp_path, "main.py"))

    assert run_function(FUNCTION_DIR=folder, FUNCTION_COMMAND=home).stdout == "/tmp\n"  # noqa: S108
    own = run_function(FUNCTION_DIR=folder, FUNCTION_COMMAND=home, HOME="/nowhere")
    assert own.stdout == "/nowhere\n"
