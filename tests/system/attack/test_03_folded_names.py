"""Attack 3: a context that some JSON readers take for another user's."""

import base64
import itertools
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from invocation.function.headers import function_headers
from invocation.org.caller import Caller
from invocation.org.names import AccessToken, OrgUrl
from invocation.request import SYNC, parse_invocation
from localstack.apex import ApexRequest, apex_request, decode_context

JOE: Final = Caller(
    org_id="00Dxx0000006IYJEA2",
    user_id="005xx000001X8V0AAK",
    username="joe@example.com",
    org_url=OrgUrl("https://mycompany.my.salesforce.com"),
)
MINTED: Final = AccessToken("00Dxx0000006IYJ!minted")
EVIL: Final = "evil"
USER_FIELDS: Final = (
    *("orgId", "userId", "username", "onBehalfOfUserId"),
    *("salesforceBaseUrl", "orgDomainUrl", "namespace"),
)
LOOKALIKES: Final = {"s": "S\u017f", "k": "K\u212a", "i": "I\u0131\u0130"}
"""What some reader takes for the letter: Go by simple folding, Java by upper and lower case."""


def twins(name: str) -> set[str]:
    """Return spellings of ``name`` that a reader may take for it."""
    choices = [letter + LOOKALIKES.get(letter.lower(), "") for letter in name]
    lookalikes = {"".join(letters) for letters in itertools.product(*choices)}
    return {
        *(name.upper(), name.lower(), name[0].upper() + name[1:], f"_{name}"),
        *(f"{name[:2]}_{name[2:]}", f"{name[:2]}-{name[2:]}", f"{name}\u200b", f"{name} "),
        *itertools.islice(sorted(lookalikes), 200),
    } - {name}


def evil_requests() -> Iterator[ApexRequest]:
    """Yield requests of Joe's with a twin of each field, before and behind the true one."""
    for name in USER_FIELDS:
        for twin in twins(name):
            yield apex_request(salesforce_context={"userContext": {twin: EVIL}})
    for twin in twins("userContext"):
        yield apex_request(salesforce_context={twin: dict.fromkeys(USER_FIELDS, EVIL)})
    for twin in [*twins("accessToken"), *twins("requestId")]:
        yield apex_request(function_context={twin: EVIL})


def sent_contexts() -> list[dict[str, Any]]:
    """Return what the function is sent for each, both contexts in one object."""
    contexts = []
    for request in evil_requests():
        invocation = parse_invocation(request.by_lower_name, expected_type=SYNC)
        sent = dict(function_headers(invocation, caller=JOE, access_token=MINTED))
        texts = [base64.b64decode(sent[name]) for name in ("ce-sfcontext", "ce-sffncontext")]
        contexts.append(json.loads(texts[0]) | json.loads(texts[1]))
    return contexts


def java_fold(name: str) -> str:
    """`String.equalsIgnoreCase`: letter by letter, upper case and then lower case."""
    return "".join(letter.upper()[:1].lower()[:1] for letter in name)


READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "lower case": str.lower,
    "upper case": str.upper,
    "folded": str.casefold,
    "java": java_fold,
    "without separators": lambda name: name.replace("_", "").replace("-", "").casefold(),
    "only letters": lambda name: "".join(filter(str.isalnum, name)).casefold(),
}


def read_by(fold: Callable[[str], str], context: Mapping[str, Any], name: str) -> list[object]:
    """Return every value that a reader with these rules could take for a field's."""
    return [value for key, value in context.items() if fold(key) == fold(name)]


@pytest.mark.parametrize("reader", READERS)
def test_03_no_reader_finds_a_field_twice(reader: str) -> None:
    """However a reader folds names, each verified field stands there once, with our value."""
    fold, contexts = READERS[reader], sent_contexts()

    for context in contexts:
        assert read_by(fold, context, "accessToken") == [MINTED]
        (user,) = read_by(fold, context, "userContext")
        assert isinstance(user, dict)
        assert read_by(fold, user, "username") == [JOE.username]
        assert read_by(fold, user, "userId") == [JOE.user_id]
        for name in USER_FIELDS:
            assert EVIL not in read_by(fold, user, name)

    assert len(contexts) > 100


@pytest.mark.timeout(600)  # building it the first time builds a part of Go's library
def test_03_a_go_function_reads_the_verified_caller(tmp_path: Path) -> None:
    """encoding/json takes the last field whose name folds to the one it looks for."""
    if not shutil.which("go"):
        pytest.skip("no Go on this machine: apt-get install golang-go")
    program = tmp_path / "reader"
    source = Path(__file__).parent / "go_reader" / "main.go"
    subprocess.run(["go", "build", "-o", str(program), str(source)], check=True, timeout=500)
    lines = "".join(f"{json.dumps(context)}\n" for context in sent_contexts())

    ended = subprocess.run(
        [str(program)], input=lines, capture_output=True, text=True, check=True, timeout=60
    )

    seen = [json.loads(line) for line in ended.stdout.splitlines()]
    assert len(seen) == len(sent_contexts())
    for context in seen:
        assert EVIL not in ended.stdout, context
        assert context["accessToken"] == MINTED
        assert context["userContext"]["username"] == JOE.username
        assert context["userContext"]["salesforceBaseUrl"] == JOE.org_url


def test_03_the_attack_is_one() -> None:
    """Without the proxy in between the twins are read, by each reader in its own way."""
    contexts = [decode_context(request.headers["ce-sfcontext"]) for request in evil_requests()]

    for fold in READERS.values():
        found = [read_by(fold, context["userContext"], "username") for context in contexts]
        assert any(EVIL in values for values in found)
