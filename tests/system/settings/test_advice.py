"""Advice that works when it is followed to the letter: each command that we print is executed."""

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from invocation.settings.loading import load_config
from invocation.settings.parsers import FERNET
from localstack import ROOT
from localstack.keys import pem, rsa_key
from tests.support.keys import PASSPHRASE, encrypted_pem
from tests.system.settings.printed_commands import is_command, messages_of, printed_commands
from tests.system.settings.wrong_settings import der, good, lock, of_openssh, store

FILE = "private_key.pem"
COMMANDS = printed_commands()


def run(command: str, folder: Path) -> str:
    """Type a command into a shell in ``folder``, with the passphrase for whoever asks."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        input=PASSPHRASE.decode() + "\n",
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        start_new_session=True,  # no terminal: openssl asks stdin
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def works_as_key(pem_text: bytes) -> None:
    """Require a file that the advice "use it" leads to a good start with."""
    encoded = base64.b64encode(pem_text).decode()
    config = load_config(good() | {"ENCODED_PRIVATE_KEY": encoded})
    assert config.private_key.key_size == 2048


def key_file(
    made_of: Callable[[], bytes], *, source: str = FILE, result: str = FILE
) -> Callable[[str, Path], None]:
    """Return a check: from a key in one form, the command makes a file that works."""

    def check(command: str, folder: Path) -> None:
        (folder / source).write_bytes(made_of())
        (folder / source).chmod(0o600)
        run(command, folder)
        works_as_key((folder / result).read_bytes())

    return check


def encoded_key(command: str, folder: Path) -> None:
    """What it prints is a good ENCODED_PRIVATE_KEY."""
    (folder / FILE).write_bytes(pem(rsa_key()))
    config = load_config(good() | {"ENCODED_PRIVATE_KEY": run(command, folder)})
    assert config.private_key.key_size == 2048


def new_pair(command: str, folder: Path) -> None:
    """It makes a key that works, and the certificate of that key."""
    run(command, folder)
    text = (folder / FILE).read_bytes()
    works_as_key(text)
    certificate = run("openssl x509 -in certificate.crt -noout -pubkey", folder)
    assert run(f"openssl pkey -in {FILE} -pubout", folder) == certificate


def fernet_key(command: str, folder: Path) -> None:
    """What it prints is taken as it is, also beside a second one."""
    keys = [run(command, folder).strip() for _ in range(2)]
    assert load_config(good() | {"ASYNC_KEYS": ",".join(keys)}).async_keys == tuple(keys)


def metrics_token(command: str, folder: Path) -> None:
    """What it prints is taken as it is."""
    token = run(command, folder).strip()
    assert load_config(good() | {"METRICS_TOKEN": token}).metrics_token == token


EXECUTED: dict[str, tuple[Callable[[str, Path], None], ...]] = {
    f"base64 < {FILE}": (encoded_key,),
    f"openssl pkey -inform DER -in private_key.der -out {FILE}": (
        key_file(der, source="private_key.der"),
        key_file(lambda: der(lock()), source="private_key.der"),
    ),
    f"openssl pkey -in {FILE} -out open.pem": (
        key_file(lambda: encrypted_pem(rsa_key()), result="open.pem"),
    ),
    f"openssl pkcs12 -in store.p12 -nocerts -nodes -out {FILE}": (
        key_file(store, source="store.p12"),
    ),
    f"iconv -f UTF-16 -t ASCII {FILE} > ascii.pem": (
        key_file(lambda: pem(rsa_key()).decode().encode("utf-16"), result="ascii.pem"),
    ),
    f"printf '%b\\n' \"$(cat {FILE})\" > mended.pem": (
        key_file(lambda: pem(rsa_key()).replace(b"\n", b"\\n"), result="mended.pem"),
    ),
    f"ssh-keygen -p -m PEM -N '' -f {FILE}": (key_file(of_openssh),),
    "openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=functions"
    f" -keyout {FILE} -out certificate.crt": (new_pair,),
    FERNET: (fernet_key,),
    "openssl rand -hex 32": (metrics_token,),
}
"""What is executed, and in which situation."""


def a_make_target(command: str) -> bool:
    """It is one of the Makefile's, which would know what to do."""
    return not subprocess.run(
        ["make", "-n", *command.split()[1:]], cwd=ROOT, capture_output=True, check=False
    ).returncode


def one_of_our_programs(command: str) -> bool:
    """It is a program of ours, with a subcommand that it has."""
    words = command.replace("sf-functions-python", "python -m salesforce_functions").split()
    arguments = [word for word in words[1:5] if not word.startswith("<")]
    known = arguments[:3] if len(arguments) > 2 and arguments[2].isalpha() else arguments[:2]
    return not subprocess.run(
        [sys.executable, *known, "--help"], cwd=ROOT, capture_output=True, check=False
    ).returncode


def right_syntax(command: str) -> bool:
    """A shell can read it; the program itself can't run in a test."""
    typed = re.sub(r"<[a-z -]+>|\b[A-Z]+\b", "x", command)
    return not subprocess.run(["bash", "-nc", typed], capture_output=True, check=False).returncode


CHECKED = {
    "make ": a_make_target,
    "python -m ": one_of_our_programs,
    "sf-functions-python ": one_of_our_programs,
    "heroku ": right_syntax,
    "docker ": right_syntax,
    "apt-get ": right_syntax,
    "npm ": right_syntax,
    "sf ": right_syntax,
}
"""By how a command begins: what is looked at instead of executing it."""


def test_every_printed_command_has_its_test() -> None:
    """A message with a new command can't be added without saying how it is executed."""
    forgotten = {
        command: sorted(places)
        for command, places in COMMANDS.items()
        if command not in EXECUTED and not command.startswith(tuple(CHECKED))
    }

    assert forgotten == {}


def test_every_tested_command_is_printed() -> None:
    """What nobody prints any more needs no test."""
    assert set(EXECUTED) - set(COMMANDS) == set()


@pytest.mark.parametrize("command", EXECUTED)
def test_a_printed_command_does_what_is_promised(command: str, tmp_path: Path) -> None:
    """In each situation in which it is printed, what comes out is taken."""
    if not shutil.which(command.split(maxsplit=1)[0]):
        pytest.skip(f"{command.split(maxsplit=1)[0]} is not on this machine")
    for number, check in enumerate(EXECUTED[command]):
        folder = tmp_path / str(number)
        folder.mkdir()
        check(command, folder)


@pytest.mark.parametrize("command", [each for each in COMMANDS if each.startswith(tuple(CHECKED))])
def test_a_printed_command_exists(command: str) -> None:
    """A target, a program or a syntax that is there."""
    assert next(check for begin, check in CHECKED.items() if command.startswith(begin))(command)


def test_a_command_is_found_wherever_it_is_written() -> None:
    """The search itself: constants, f-strings, pieces; no docstrings, no names of things."""
    source = (
        '"""Docs with `openssl x`."""\n'
        "FILE = 'a'\n"
        "A = 'say `openssl rand 1` now'\n"
        "B = f'say `openssl rand {2}` or'\n"
        "C = ('say `openssl '\n     f'rand {unknown} 3`')\n"
        "'''Also with `openssl y`.'''\n"
    )
    texts = list(messages_of(source, "tests.nowhere"))

    found = [part for text in texts for part in re.findall(r"`([^`]+)`", text)]
    assert found == ["openssl rand 1", "openssl rand 2", "openssl rand x 3"]
    assert [is_command(each) for each in (*found, "id", "my value", "ORG_ID_18")] == [
        *(True, True, True),
        *(False, False, False),
    ]
