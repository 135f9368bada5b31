"""The private key, and that no message shows it or another secret."""

import base64
from dataclasses import fields
from pathlib import Path

import pytest

from invocation.settings.config import Config
from invocation.settings.function_settings import secrets_of
from invocation.settings.loading import ConfigError, load_config
from invocation.settings.setting import By, declared
from localstack.keys import encoded, pem, rsa_key
from tests.support.keys import traditional_pem
from tests.unit.invocation.settings.environment import (
    KEY_VARIABLE,
    VARIABLES,
    good_env,
    numbers,
    problems_of,
    without_key,
)


def folded(data: bytes) -> str:
    """Return base64 in lines, as ``base64`` prints it."""
    return base64.encodebytes(data).decode("ascii")


def test_a_key_is_read_in_each_usual_form(tmp_path: Path) -> None:
    """PKCS#8 or the older form, base64 in one line or many, or a file."""
    path = tmp_path / "private_key.pem"
    path.write_bytes(pem(rsa_key()))

    expected = numbers(load_config(good_env()))
    for env in (
        good_env(**{KEY_VARIABLE: encoded(traditional_pem(rsa_key()))}),
        good_env(**{KEY_VARIABLE: folded(pem(rsa_key()))}),
        good_env(PRIVATE_KEY_FILEPATH=str(tmp_path / "absent")),
        without_key(PRIVATE_KEY_FILEPATH=str(path)),
    ):
        assert numbers(load_config(env)) == expected


@pytest.mark.parametrize("path", ["absent.pem", "", "a\x00b", "x" * 5000])
def test_a_key_file_that_cannot_be_read(tmp_path: Path, path: str) -> None:
    """The file's name is told (cut), and why it can't be read; a folder is no file."""
    env = without_key()

    problems = problems_of(env | {"PRIVATE_KEY_FILEPATH": f"{tmp_path}/{path}"})

    assert len(problems) == 1
    assert problems[0].startswith("PRIVATE_KEY_FILEPATH can't be read: ")
    assert len(problems[0]) < 150


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("form", ["pem", "base64", "old-pem", "old-base64", "body-only"])
def test_a_key_in_the_wrong_variable_is_not_shown(name: str, form: str) -> None:
    """A private key that was pasted into another variable does not end up in the log."""
    text = {
        "pem": pem(rsa_key()).decode(),
        "base64": encoded(pem(rsa_key())),
        "old-pem": traditional_pem(rsa_key()).decode(),
        "old-base64": encoded(traditional_pem(rsa_key())),
        "body-only": "".join(pem(rsa_key()).decode().split("\n")[1:-2]),
    }[form]
    env = without_key()

    try:
        load_config(env | {name: text})
    except ConfigError as error:
        shown = str(error)
    else:
        shown = ""

    # All keys begin alike; from the second line of 64 characters on it is this key.
    key_text = "".join(text.split())[128:-128]
    assert not any(key_text[at : at + 6] in shown for at in range(len(key_text) - 5))


@pytest.mark.parametrize("name", ["PORT", "ORG_ID_18", "ORG_DOMAIN_URL", "SF_AUDIENCE"])
@pytest.mark.parametrize(
    ("value", "secret"),
    [
        ("3MVG9" + "k3y." * 20, "k3y." * 10),
        ("00Dxx0000006IYJ!AQEAQ" + "t0k3n" * 18, "t0k3n" * 5),
        ("postgres://u7:p4ssw0rd@ec2-3.example.com:5432/db", "p4ssw0rd"),
        ("https://me:p4ssw0rd@acme.my.salesforce.com:443", "p4ssw0rd"),
        ("https://p4ssw0rd@acme.my.site.com:443", "p4ssw0rd"),
    ],
    ids=["consumer-key", "access-token", "database-url", "url-with-password", "short"],
)
def test_a_secret_in_the_wrong_variable_is_not_shown(name: str, value: str, secret: str) -> None:
    """Nor is any other secret, when two variables were mixed up."""
    with pytest.raises(ConfigError) as refusal:
        load_config(without_key(**{name: value}))

    assert secret not in str(refusal.value)


def test_secrets_are_not_shown() -> None:
    """A config's text, which ends up in tracebacks, holds neither the key nor the consumer key."""
    shown = repr(load_config(good_env()))

    assert "3MVG9" not in shown
    assert "private_key" not in shown


def test_a_secret_is_kept_from_the_function() -> None:
    """What is in no text is in no environment of others either, but what is the function's own."""
    settings = declared(Config)
    secret = {settings[each.name] for each in fields(Config) if not each.repr}
    names = {each.name for each in secret if not each.by & By.FUNCTION}

    assert len(names) > 5
    assert set(secrets_of(dict.fromkeys(names, "value"))) == names
