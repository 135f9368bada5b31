"""``python -m relay`` for a person: look at jobs, retry or drop them, make the tables."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from invocation.jobs.encryption import Cipher
from invocation.jobs.store import create_engine
from invocation.settings.config import Config
from localstack.keys import encoded, pem, rsa_key
from relay.command_line import parse, run_command
from relay.outcome import Outcome
from tests.unit.relay.store import STATES, Store, a_job

ROOT = Path(__file__).parents[3]
SECRET = "marker-of-the-payload"


def run(store: Store, *arguments: str, cipher: Cipher | None = None) -> int:
    """Carry out a command; return its exit code."""
    config = Config(
        org_id="00Dxx0000006IYJEA2",
        consumer_key="k",
        private_key=rsa_key(),
        job_store_url=store.url,
    )
    return run_command(parse(arguments), config, store.engine, cipher or store.cipher)


def test_no_command_is_run() -> None:
    """Procfile and supervisor start it without words."""
    assert parse([]).command == parse(["run"]).command == "run"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["retry"],
        ["retry", "id", "--all"],
        ["show"],
        ["drop"],
        ["drop", "--all"],
        ["jobs", "--fail"],
        ["jobs", "id", "id"],
        ["--json"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_is_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With the usage, and exit code 2."""
    with pytest.raises(SystemExit) as end:
        parse(arguments)

    assert end.value.code == 2
    assert "usage: python -m relay" in capsys.readouterr().err


def test_jobs_are_listed_newest_first(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each under a line of headings; what a person needs to name a job is in it."""
    for number, state in enumerate(STATES):
        store.put(state, number, accepted_at_s=1_700_000_000 + number)

    assert run(store, "jobs") == 0

    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[:3] == ["record_id", "state", "status"]
    assert [line.split()[1] for line in lines] == list(reversed(STATES))
    assert "MyProject.MyFunction" in lines[0]
    assert "2023-11-14T22:13:25+00:00" in lines[0]
    assert "the test says so" in lines[0]


def test_failed_jobs_are_listed_alone(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """What a person came for: given up, or delivered as an error, with the reason."""
    for number, state in enumerate(STATES):
        store.put(state, number)
    failed = store.accept(a_job(20, accepted_at_s=1_700_000_000))
    store.ledger.answered(
        store.job(failed), Outcome.failure(503, "it broke", a_job(20)), reason="it broke"
    )
    store.ledger.delivered(store.job(failed))

    assert run(store, "jobs", "--failed") == 0

    lines = [line.split() for line in capsys.readouterr().out.splitlines()[1:]]
    assert [(line[0], line[1]) for line in lines] == [
        (a_job(STATES.index("dead")).record_id, "dead"),
        (a_job(20).record_id, "delivered"),
    ]
    assert lines[1][2] == "503"
    assert lines[1][-2:] == ["it", "broke"]


def test_a_list_fits_a_terminal(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """120 columns, whatever is in it; the id that a person copies is whole."""
    job_id = store.put("dead", function_name="Project." + "Function" * 20)
    store.change(job_id, reason="why " * 100)

    run(store, "jobs")

    out = capsys.readouterr().out
    assert all(len(line) <= 120 for line in out.splitlines())
    assert out.splitlines()[1].startswith(f"{a_job().record_id}  dead  ")


def three_names(number: int) -> list[str]:
    """Return what a person may have in hand of a job."""
    job = a_job(number)
    return [job.job_id, job.id, job.record_id, job.record_id[:15]]


@pytest.mark.parametrize("which", range(4), ids=["job", "ce-id", "record", "record-15"])
def test_a_job_is_named_by_any_of_its_ids(
    store: Store, capsys: pytest.CaptureFixture[str], which: int
) -> None:
    """The ce-id that is in every log line, the record's id that is in the org, or its own."""
    store.put("delivered", 1)
    store.put("dead", 2)
    name = three_names(2)[which]

    assert run(store, "jobs", "--json", name) == 0
    (listed,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert run(store, "show", name) == 0
    assert json.loads(capsys.readouterr().out) == listed
    assert (listed["id"], listed["job_id"]) == (a_job(2).id, a_job(2).job_id)
    assert run(store, "retry", name) == 0
    assert store.row(a_job(2).job_id)["state"] == "accepted"
    store.ledger.dead(a_job(2).job_id, "again")
    assert run(store, "drop", name) == 0
    assert store.ledger.load(a_job(2).job_id) is None
    assert capsys.readouterr() == (f"retried {name}\ndropped {name}\n", "")
    assert run(store, "show", three_names(1)[which]) == 0


def test_of_several_jobs_of_a_record_the_newest_is_shown(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """A record that was sent again has several; the others are named on stderr."""
    record_id = a_job().record_id
    for number in range(3):
        store.put("dead", number, record_id=record_id, accepted_at_s=1_700_000_000 + number)

    assert run(store, "show", record_id) == 0

    out, err = capsys.readouterr()
    assert json.loads(out)["id"] == a_job(2).id
    assert err == f"relay: older jobs of {record_id}: {a_job(1).id}, {a_job(0).id}\n"


def test_which_of_several_given_up_jobs_is_meant_must_be_said(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two of one record would write to it both: nothing is done, and the ids are told."""
    record_id = a_job().record_id
    ids = [store.put("dead", number, record_id=record_id) for number in range(2)]

    assert run(store, "retry", record_id) == run(store, "drop", record_id) == 1

    out, err = capsys.readouterr()
    assert out == ""
    assert all(f"relay: {record_id} has 2 given-up jobs" in line for line in err.splitlines())
    assert all(job_id in err for job_id in ids)
    assert [store.row(job_id)["state"] for job_id in ids] == ["dead", "dead"]
    assert run(store, "retry", ids[0]) == 0
    assert run(store, "retry", record_id) == 0  # one of them is left


def test_jobs_are_listed_for_programs(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object a line; nothing of a payload."""
    job_id = store.put("dead", body=SECRET.encode())

    assert run(store, "jobs", "--json", "--failed") == 0

    out = capsys.readouterr().out
    (told,) = [json.loads(line) for line in out.splitlines()]
    assert (told["id"], told["job_id"]) == (a_job().id, job_id)
    assert (told["state"], told["attempts"], told["deliveries"]) == ("dead", 1, 0)
    assert told["reason"] == "the test says so"
    assert told["status_code"] is None
    assert set(told) == {
        *("id", "job_id", "state", "function_name", "record_id", "status_code", "attempts"),
        *("deliveries", "accepted_at", "changed_at", "reason"),
    }


def test_no_jobs_are_said_so(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """To a person in words, to a program by no line."""
    assert run(store, "jobs") == run(store, "jobs", "--json") == 0
    assert capsys.readouterr().out == "no jobs\n"


def test_a_name_can_not_steer_the_terminal(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """A function's name is the caller's text: one line a job, and no escape sequences."""
    store.put("accepted", function_name="a\x1b[2J\nb\r\x9b\u202ec\x00")

    for arguments in (["jobs"], ["jobs", "--json"]):
        run(store, *arguments)
        out = capsys.readouterr().out
        assert len(out.splitlines()) == (2 if arguments == ["jobs"] else 1)
        assert not set("\x1b\r\x9b\u202e\x00") & set(out)


def test_a_job_is_shown_without_its_payload(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who looks after jobs need not see what is in them."""
    job_id = store.put("answered", body=SECRET.encode())

    assert run(store, "show", job_id) == 0

    out = capsys.readouterr().out
    told = json.loads(out)
    assert (told["id"], told["state"], told["status_code"]) == (a_job().id, "answered", 200)
    assert SECRET not in out
    assert "payload" not in told
    assert "done" not in out


def test_a_payload_is_shown_when_asked_for(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what was answered, if there is an answer; bytes that are no text are escaped."""
    answered = store.put("answered", 1, body=b'{"a":"\xc3\xa4\xff"}')
    accepted = store.put("accepted", 2)
    delivered = store.put("delivered", 3)
    told = []
    for job_id in (answered, accepted, delivered):
        assert run(store, "show", "--payload", job_id) == 0
        told.append(json.loads(capsys.readouterr().out))

    assert told[0]["payload"] == '{"a":"ä\\xff"}'
    assert json.loads(told[0]["outcome"])["text"] == '"done"'
    assert (told[1]["payload"], told[1]["outcome"]) == (a_job().body.decode(), None)
    assert (told[2]["payload"], told[2]["outcome"]) == (None, None)


@pytest.mark.parametrize("state", ["accepted", "answered"])
def test_a_payload_of_another_key_is_said_so(
    store: Store, capsys: pytest.CaptureFixture[str], state: str
) -> None:
    """The rest of the job is shown all the same."""
    job_id = store.put(state)
    other = Cipher((), private_key=rsa_key(3072))

    assert run(store, "show", "--payload", job_id, cipher=other) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["state"] == state
    assert "ASYNC_KEYS" in told["payload"]


def test_a_job_that_is_not_there_is_said_so(
    store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, with exit code 1."""
    assert run(store, "show", "unknown") == 1
    told = "relay: there is no job with the ce-id, record id or job id unknown\n"
    assert capsys.readouterr() == ("", told)


def test_a_job_is_retried(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """Only one that was given up."""
    dead, running = store.put("dead", 1), store.put("invoking", 2)
    store.finish_queued()

    assert run(store, "retry", dead) == 0
    assert run(store, "retry", running) == 1

    why = f"relay: the job of {running} was not given up: it is invoking\n"
    assert capsys.readouterr() == (f"retried {dead}\n", why)
    assert store.row(dead)["state"] == "accepted"
    assert store.row(running)["state"] == "invoking"
    assert len(store.queued()) == 1


def test_all_given_up_jobs_are_retried(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """After an outage; when there are none, that is no failure."""
    for number in range(3):
        store.put("dead", number)
    store.put("answered", 9)

    assert run(store, "retry", "--all") == 0
    lines = capsys.readouterr().out.splitlines()
    assert set(lines) == {f"retried {a_job(number).id}" for number in range(3)}

    assert run(store, "retry", "--all") == 0
    assert capsys.readouterr().out == "no given-up jobs\n"


def test_a_given_up_job_is_dropped(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    """It is gone; a job that may still run can't be dropped."""
    dead, running = store.put("dead", 1), store.put("delivering", 2)

    assert run(store, "drop", dead) == 0
    assert run(store, "drop", dead) == run(store, "drop", running) == 1

    out, err = capsys.readouterr()
    assert out == f"dropped {dead}\n"
    assert err.splitlines() == [
        f"relay: there is no job with the ce-id, record id or job id {dead}",
        f"relay: the job of {running} was not given up: it is delivering (status 200)",
    ]
    assert store.ledger.load(dead) is None
    assert store.row(running)["state"] == "delivering"


def test_the_tables_are_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Release phase: both kinds of tables, as often as one likes."""
    url = f"sqlite:///{tmp_path}/new/async.sqlite3"
    engine = create_engine(url)
    config = Config(org_id="o", consumer_key="k", private_key=rsa_key(), job_store_url=url)
    cipher = Cipher((), private_key=rsa_key())
    for _ in range(2):
        assert run_command(parse(["migrate"]), config, engine, cipher) == 0
    made = Store(url=url, engine=engine, cipher=cipher, ledger=None)  # type: ignore[arg-type]
    made.accept(a_job())
    engine.dispose()

    assert capsys.readouterr().out == "relay: the job store is up to date\n" * 2


def command(tmp_path: Path, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a process, with settings as they are written down."""
    settings = {
        "ORG_ID_18": "00Dxx0000006IYJEA2",
        "CONSUMER_KEY": "3MVG9.consumer",
        "ENCODED_PRIVATE_KEY": encoded(pem(rsa_key())),
        "ASYNC_DB_PATH": str(tmp_path / "async.sqlite3"),
        "PATH": os.environ["PATH"],
        "PYTHONWARNINGS": "error",
    }
    return subprocess.run(
        [sys.executable, "-m", "relay", *arguments],
        cwd=ROOT,
        env=settings | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.slow
def test_the_command_is_a_program(store: Store, tmp_path: Path) -> None:
    """It finds the store by the variables that the proxy has, and prints nothing else."""
    job_id = store.put("dead")

    listed = command(tmp_path, "jobs", "--failed", "--json")
    missing = command(tmp_path, "show", "unknown")

    assert (listed.returncode, listed.stderr) == (0, "")
    assert json.loads(listed.stdout)["job_id"] == job_id
    assert (missing.returncode, missing.stdout) == (1, "")


@pytest.mark.slow
def test_wrong_settings_are_told_line_by_line(tmp_path: Path) -> None:
    """Exit code 2, each problem after the program's name, no secret in it."""
    ended = command(tmp_path, "jobs", ORG_ID_18="", DATABASE_URL="mysql://user:secret@host/name")

    assert (ended.returncode, ended.stdout) == (2, "")
    lines = ended.stderr.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("relay: ") for line in lines)
    assert "secret" not in ended.stderr


@pytest.mark.slow
def test_a_store_that_is_away_is_told_in_a_line(tmp_path: Path) -> None:
    """A person sees what is wrong, no traceback and no password."""
    url = "postgres://user:secret@127.0.0.1:1/name"

    ended = command(tmp_path, "jobs", DATABASE_URL=url)

    assert ended.returncode not in {0, 2}
    assert "Traceback" not in ended.stderr
    assert "secret" not in ended.stderr
