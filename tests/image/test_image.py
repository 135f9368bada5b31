"""The image runs: hardened, as an unknown user, and to a clean end.

One file on purpose: test files run side by side, and each would start an engine of its own.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pytest
from docker import DockerClient
from docker.errors import BuildError

from localstack.keys import pem, rsa_key
from localstack.seed import CONSUMER_KEY
from localstack.waiting import wait_until
from orgsim import Fault
from tests.image.buildpack import new_workspace
from tests.image.conftest import Built, build, build_log
from tests.image.context import MARK, new_function
from tests.image.deploy_files import processes, programs
from tests.image.layers import Layers
from tests.image.stage import HARDENED, Running, Start, started
from tests.image.targets import JAVA, NODE, PYTHON, TARGETS, Target

MIB = 1024 * 1024
LONGEST_START_S = 5.0
LONGEST_STOP_S = 30.0
"""Then a platform kills."""

pytestmark = pytest.mark.timeout(600)

starts: list[Start] = []
"""What each start below took."""


@pytest.fixture(scope="module")
def shared(engine: DockerClient, built: Built) -> Iterator[Running]:
    """A hardened container, which tests leave as they found it."""
    with started(engine, built.image) as running:
        starts.append(running.wait_until_ready())
        yield running


@dataclass(frozen=True, kw_only=True)
class Served:
    """A hardened container with the function of a target."""

    target: Target
    running: Running


@pytest.fixture(scope="module", params=TARGETS, ids=lambda target: target.name)
def served(
    request: pytest.FixtureRequest,
    engine: DockerClient,
    built_for: Callable[[Target], Built],
) -> Iterator[Served]:
    """One container for each language, which tests leave as they found it."""
    target: Target = request.param
    if target is PYTHON:
        yield Served(target=target, running=request.getfixturevalue("shared"))
        return
    with started(engine, built_for(target).image, env=KEPT_SECRETS) as running:
        running.org.data.insert("Account", {"Name": "Acme"})
        running.wait_until_ready()
        yield Served(target=target, running=running)


@pytest.fixture(scope="module")
def layers(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Layers:
    """What the image adds to its base."""
    return Layers.of(built.image, built.base, tmp_path_factory.mktemp("layers"))


def test_synchronous_call_is_answered(served: Served) -> None:
    """From Apex through the proxy to the function, to the org, and back."""
    answer = served.running.invoke()

    assert answer.status_code == 200, answer.text
    assert served.target.says in answer.text


def test_outcome_of_an_asynchronous_call_reaches_its_record(served: Served) -> None:
    """The relay runs, and the job store finds its place in /tmp."""
    running = served.running
    record = running.org.create_record()

    assert running.invoke_later(record.id).status_code == 201

    wait_until(
        lambda: running.org.record(record.id).fields["Status__c"] == "SUCCESS",
        "the outcome",
        limit_s=30,
    )


def test_container_is_well_on_its_port_by_both_protocols(shared: Running) -> None:
    """Some routers come by IPv4, others by IPv6; both to ``PORT``."""
    for host in ("127.0.0.1", "[::1]"):
        answer = shared.get("/healthcheck", host=host)

        assert answer is not None, host
        assert (answer.status_code, answer.text) == (200, '"OK"')


def test_processes_have_no_right_that_they_do_not_need(served: Served) -> None:
    """The hardened container is one: else the other tests would prove less than they say."""
    _, status = served.running.run("cat", "/proc/1/status")

    assert re.search(r"^CapEff:\s0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s1$", status, re.MULTILINE)
    assert re.search(r"^Uid:\s54321\s", status, re.MULTILINE)
    assert served.running.run("touch", "/srv/app/here")[0] != 0


def test_idle_memory_fits_into_the_smallest_dyno(
    served: Served, record_property: Callable[[str, object], None]
) -> None:
    """All processes together, what they share counted once (PSS), after a call of each kind."""
    running, name = served.running, served.target.name
    assert running.invoke().ok
    assert running.invoke_later(running.org.create_record().id).ok
    shares = [process.memory_full_info().pss for process in running.processes()]
    mib = sum(shares) / MIB
    text = f"image for {name}: idle memory {mib:.0f} MiB, PSS of {len(shares)} processes"
    record_property("measured", text)

    assert len(shares) >= 6  # supervisord, copier, function, watchdog, relay, proxy
    assert mib < served.target.most_idle_memory_mib


def test_nothing_in_the_image_makes_another_user(served: Served) -> None:
    """No file of it runs with the rights of its owner or group."""
    search = ("find", "/", "-xdev", "-type", "f", "-perm", "/6000")

    assert served.running.run(*search, user="0:0") == (0, "")


def test_one_function_goes_along(served: Served) -> None:
    """An image holds the function of its target, none of those beside it."""
    search = ("find", "/srv/app", "-name", "project.toml")
    others = ("-not", "-path", "*/template/*", "-not", "-path", "*/target/bundle/*")

    found = served.running.run(*search, *others)

    assert found == (0, f"/srv/app/{served.target.folder}/project.toml\n")


SECRETS = {
    "CONSUMER_SECRET": "7C0N5UM3R53CR3T7AB41F2D0C9E86",
    "METRICS_TOKEN": "m-e-t-r-i-c-s-t-o-k-e-n-4f0a9",
    "DATABASE_URL": "postgres://joe:p4ssw0rd-of-the-store@127.0.0.1:1/jobs",
    "ASYNC_KEYS": "9B0Rr5gA5gkzQe0TnU7Xk1fN2cD3hJ4mL6pS8vW0yZ4=",
}
KEPT_SECRETS = {name: value for name, value in SECRETS.items() if name != "DATABASE_URL"}
"""With which everything works; that database is not there."""
PROGRAM_ENDS = "for p in /proc/[0-9]*; do grep -qsx {0} $p/comm && kill -KILL ${{p#/proc/}}; done"


def test_function_finds_no_secret_in_the_image(engine: DockerClient, built: Built) -> None:
    """Also not of the first process, nor while programs are restarted."""
    with started(engine, built.image, env=SECRETS) as running:
        wait_until(running.is_answering, "the function", limit_s=60)
        found = found_by_function(running, PYTHON, ending=("proxy", "relay", "watchdog") * 2)

    assert ("planted", "environ of a process") in found
    assert ("planted", "memory of a process") in found
    assert [each for each in found if each[0] != "planted"] == []


@pytest.mark.parametrize("served", [NODE, JAVA], indirect=True, ids=["node", "java"])
def test_function_in_another_language_finds_no_secret(served: Served) -> None:
    """Its runtime is another program, which is started by the same ones."""
    found = found_by_function(served.running, served.target, ending=())

    assert {name for name, _ in found} == {"planted"}


def found_by_function(
    running: Running, target: Target, *, ending: Sequence[str]
) -> list[tuple[str, ...]]:
    """Look for secrets while programs end and are started again; return what was found where."""
    reader = running.start_reader({name: mark[::-1] for name, mark in marks().items()})
    try:
        wait_until(lambda: reader.found()["rounds"] >= 3, "three looks", limit_s=60)
        for name in ending:
            running.run("bash", "-c", PROGRAM_ENDS.format(name))
        running.run("bash", "-c", f"kill -KILL {' '.join(function_pids(running, target))}")
        before = reader.found()["rounds"]
        wait_until(running.is_answering, "the function", limit_s=60)
        wait_until(lambda: reader.found()["rounds"] > before + 2, "last looks", limit_s=60)
    finally:
        reader.stop()
    return [tuple(each) for each in reader.found()["found"]]


def marks() -> dict[str, str]:
    """Return a piece of each secret by its name, and one that is laid out to be found."""
    key = pem(rsa_key()).decode()
    return KEPT_SECRETS | {
        "DATABASE_URL": "p4ssw0rd-of-the-store",
        "ENCODED_PRIVATE_KEY": base64.b64encode(key.encode()).decode()[400:450],
        "the key's own text": key.splitlines()[7],
        "CONSUMER_KEY": CONSUMER_KEY,
        "planted": "easy-to-find",
    }


def function_pids(running: Running, target: Target = PYTHON) -> set[str]:
    """Return the processes that serve the function, as the container numbers them."""
    # Brackets, so that the search doesn't find itself.
    pattern = f"[{target.processes[0]}]{target.processes[1:]}"
    _, found = running.run("sh", "-c", f"grep -las '{pattern}' /proc/*/cmdline")
    return set(re.findall(r"^/proc/(\d+)/", found, re.MULTILINE))


def test_killed_function_comes_back(shared: Running) -> None:
    """supervisord starts it again, and the next call is answered."""
    before = function_pids(shared)
    assert shared.run("sh", "-c", f"kill -KILL {' '.join(before)}")[0] == 0

    wait_until(lambda: bool(function_pids(shared) - before), "a new function")
    shared.wait_until_ready()
    assert shared.invoke().status_code == 200


def test_orphans_are_reaped(shared: Running) -> None:
    """A process whose parent is gone ends as nobody's zombie: PID 1 waits for it."""
    _, pid = shared.run("sh", "-c", "sleep 0.2 >/dev/null & echo $!")
    wait_until(
        lambda: shared.run("test", "-e", f"/proc/{pid.strip()}")[0] != 0, "the end of the orphan"
    )

    _, states = shared.run("sh", "-c", "cat /proc/[0-9]*/status")
    assert "State:\tS" in states
    assert "State:\tZ" not in states


@pytest.mark.parametrize(
    "stop",
    [
        pytest.param(["kill", "-TERM", "1"], id="the-first-process"),
        # -1 is everybody but the first process, which platforms signal, too.
        pytest.param(["kill", "-TERM", "-1;", "kill", "-TERM", "1"], id="every-process"),
    ],
)
def test_stop_finishes_what_runs(engine: DockerClient, built: Built, stop: list[str]) -> None:
    """Docker signals the first process, a dyno all of them; the running call is answered."""
    with started(engine, built.image) as running, ThreadPoolExecutor(1) as pool:
        starts.append(running.wait_until_ready())
        slow = running.org.faults.add(Fault(endpoint="query", kind="latency", seconds=2))
        call = pool.submit(running.invoke)
        wait_until(lambda: slow not in running.org.faults.planned(), "the function's query")

        running.run("bash", "-c", " ".join(stop))
        code = running.container.wait(timeout=LONGEST_STOP_S)["StatusCode"]

        assert call.result().status_code == 200, call.result().text
        assert code == 0, running.log()


def test_nothing_is_written_outside_of_tmp(engine: DockerClient, built: Built) -> None:
    """Not even by root, who could."""
    with started(engine, built.image, user="0:0", read_only=False, tmpfs={}) as running:
        starts.append(running.wait_until_ready())
        assert running.invoke().status_code == 200
        changed = {str(entry["Path"]) for entry in running.container.diff() or ()}

    assert "/tmp" in changed  # noqa: S108
    assert [path for path in changed if not path.startswith("/tmp")] == []  # noqa: S108


# A dyno's stdout may belong to root, while the dyno's user is another.
START = "setpriv --reuid=54321 --regid=54321 --clear-groups bin/start"
THROUGH_A_SOCKET = f"""
import os, socket
reader, stdout = socket.socketpair()
reader.set_inheritable(True)  # else its end would be the end of whoever writes
os.dup2(stdout.fileno(), 1)
os.execvp("setpriv", {START.split()})
"""
STDOUTS = {
    "pipe": ["sh", "-c", f"exec {START}"],
    "terminal": ["sh", "-c", f"exec {START}"],  # by tty=True
    "file": ["sh", "-c", f"exec {START} >/tmp/of-root"],
    "socket": ["python", "-c", THROUGH_A_SOCKET],
    "nothing": ["sh", "-c", f"exec {START} >/dev/null"],
}


@pytest.mark.parametrize("kind", STDOUTS)
def test_programs_start_with_any_stdout(engine: DockerClient, built: Built, kind: str) -> None:
    """None of them can be opened again by the user that the programs run as."""
    root = {"user": "0:0", "cap_add": ["SETUID", "SETGID"], "tty": kind == "terminal"}
    with started(engine, built.image, command=STDOUTS[kind], **root) as running:
        starts.append(running.wait_until_ready())

        assert running.invoke().status_code == 200


FUNCTION = """
import tenacity
from importlib.metadata import version

async def function(event, context):
    return version("tenacity"), version("aiohttp")
"""


@pytest.mark.usefixtures("built")  # whose layers are used again
def test_function_brings_its_own_packages(engine: DockerClient, context: Path) -> None:
    """Also in another version than the proxy's, but not than the runtime's; SDKs are left out."""
    needs = "salesforce-functions==0.6.0\ntenacity==8.5.0\naiohttp==3.8.0\n"
    own = new_function(context, FUNCTION, needs)
    with started(engine, build(engine, own, "salesforce-functions:own")) as running:
        running.wait_until_ready()

        assert running.invoke().json() == ["8.5.0", version("aiohttp")]
        ask = "from importlib.metadata import version; print(version('tenacity'))"
        assert running.run("python", "-c", ask)[1].strip() not in {"", "8.5.0"}  # the proxy's
        assert running.run("test", "-e", "/srv/function-packages/tenacity")[0] == 0


@pytest.mark.usefixtures("built")
def test_function_that_could_not_run_is_not_built(engine: DockerClient, context: Path) -> None:
    """The build says why; nobody has to find out at the first call."""
    broken = new_function(context, "def function(): ...", "")
    with pytest.raises(BuildError) as raised:
        build(engine, broken, "salesforce-functions:broken")

    assert "Function failed validation" in build_log(raised.value)


def test_wrong_settings_end_the_container_at_once(engine: DockerClient, built: Built) -> None:
    """With a line for each, and the exit code that says so."""
    with started(engine, built.image, env={"ORG_ID_18": "00Dxx", "CONSUMER_KEY": ""}) as running:
        code = running.container.wait(timeout=30)["StatusCode"]

        assert code == 2
        assert "proxy: ORG_ID_18 must be" in running.log()
        assert "proxy: CONSUMER_KEY is missing" in running.log()


@pytest.mark.usefixtures("built")
def test_function_in_another_language_is_not_released(engine: DockerClient, context: Path) -> None:
    """Its build can't know: the classic builder builds each target up to the one that is meant."""
    image = build(engine, context, "salesforce-functions:wrong", target=NODE.name)
    why = "function holds no function for the target node: it holds one for the target python"
    for command, name in ((["bin/release"], "release"), (None, "start")):
        with started(engine, image, command=command) as running:
            code = running.container.wait(timeout=30)["StatusCode"]

            assert (code, running.log()) == (2, f"{name}: {why}\n")


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_image_is_small(
    built_for: Callable[[Target], Built],
    target: Target,
    record_property: Callable[[str, object], None],
) -> None:
    """What it adds to its base, uncompressed."""
    built = built_for(target)
    mib = (built.image.attrs["Size"] - built.base.attrs["Size"]) / MIB
    record_property("measured", f"image for {target.name}: {mib:.0f} MiB above its base")

    assert mib < target.most_above_base_mib


@pytest.mark.usefixtures("shared")
def test_start_is_fast(record_property: Callable[[str, object], None]) -> None:
    """By the clock at best, or by what it computes: other tests run at the same time.

    With two processors for itself it is ready within the time that it computes and supervisord's
    first second.
    """
    wall_s = min(start.wall_s for start in starts)
    cpu_s = min(start.cpu_s for start in starts)
    text = f"image: ready in {wall_s:.1f} s ({cpu_s:.1f} s CPU), best of {len(starts)}"
    record_property("measured", text)

    assert min(wall_s, cpu_s + 1) < LONGEST_START_S


def test_layers_hold_no_secret_test_or_cache(layers: Layers) -> None:
    """Neither now nor in a layer below, where a later one would only hide it."""
    unwanted = re.compile(
        r"/(tests?|\.git|\.cache|\.pytest_cache|\.ssh|\.aws)/|/\.env|\.key$|\.pem$"
        r"|^/root/|^/var/(cache|lib/apt/lists|log)/"
    )
    allowed = re.compile(r"/certifi/cacert\.pem$|/_internal/template/tests/|/\.wh\.")
    files = [name for name, member in layers.files.items() if member.isfile()]
    found = [name for name in files if unwanted.search(name) and not allowed.search(name)]

    assert len(files) > 1000
    assert found == []
    assert not layers.hold(MARK)


def test_history_holds_no_secret(built: Built) -> None:
    """Arguments and environments of a build stay in it for everybody to read."""
    history = json.dumps(built.image.history()) + json.dumps(built.image.attrs["Config"])

    assert "bin/start" in history
    assert re.findall(r"(?i)secret|password|token|private_key|BEGIN [A-Z ]*KEY", history) == []


def test_image_has_every_program_that_is_named(layers: Layers) -> None:
    """What Dockerfile, heroku.yml, Procfile, project.toml and supervisord.conf start is there."""
    for who, names in programs().items():
        for name in names:
            file = layers.files.get(f"/srv/app/{name}")
            assert file is not None, f"{who} names {name}"
            assert file.mode & 0o111 == 0o111, name
    assert "/srv/app/supervisord.conf" in layers.files


def test_image_has_curl_and_nothing_to_install_with(shared: Running) -> None:
    """Heroku needs the one; whoever breaks in would like the other."""
    there = ["bash", "curl", "python", "supervisorctl"]
    not_there = ["cc", "gcc", "make", "pip", "pip3", "git"]

    for name, code in [*((name, 0) for name in there), *((name, 1) for name in not_there)]:
        assert (shared.run("bash", "-c", f"type -P {name}")[0], name) == (code, name)


def test_buildpack_layout_starts(engine: DockerClient, built: Built, tmp_path: Path) -> None:
    """In /workspace, read-only, as user 1000; nothing of /srv/app is needed."""
    workspace = new_workspace(tmp_path)
    tmp_path.chmod(0o755)
    with started(
        engine,
        built.image,
        entrypoint=["bash", "-c", processes()["web"]],
        working_dir="/workspace",
        volumes={str(workspace): {"bind": "/workspace", "mode": "ro"}},
        user="1000:1000",
        tmpfs=HARDENED["tmpfs"] | {"/srv/app": "size=4k"},
        env={"FUNCTION_PACKAGES": "", "PATH": "/srv/venv/bin:/usr/bin:/bin"},
    ) as running:
        starts.append(running.wait_until_ready())
        assert running.invoke().status_code == 200

        running.container.kill("SIGTERM")
        assert running.container.wait(timeout=LONGEST_STOP_S)["StatusCode"] == 0
