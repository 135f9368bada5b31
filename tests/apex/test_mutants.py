"""The Apex tests notice when a line of the framework does something else."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from apex.emulator.runner import Project
from tests.apex.checked_copy import REPOSITORY, require_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

CLASSES: Final = Path("main", "default", "classes", "functions")
ERROR_LOOKS: Final = "if (status == FunctionInvocationStatus.ERROR) {"


@dataclass(frozen=True)
class Mutant:
    """One line of a class, changed."""

    cls: str
    old: str
    new: str
    tests: str
    """The test class that must notice."""

    def __str__(self) -> str:
        return f"{self.cls}: {self.old} -> {self.new or 'nothing'}"


SYNC: Final = "FunctionInvokeTests"
ASYNC: Final = "FunctionInvokeAsyncTests"
SENDING: Final = "AsyncFunctionInvocationQueueableTests"
RESENDING: Final = "AsyncFunctionInvocationFinalizerTests"
SAVING: Final = "AsyncFunctionInvocationAnswersTests"
RESULTS: Final = "AsyncResponseHandlerTriggerHandlerTest"
CALLBACKS: Final = "FunctionCallbackQueueableTests"
ANSWERS: Final = "FunctionInvocationImplTests"
CONTEXTS: Final = "FunctionInvocationRequestTests"
TOKENS: Final = "FunctionsAuthProviderTests"
GET: Final = "FunctionGetTests"
WHOSE: Final = "FunctionCallbackUserTests"

MUTANTS: Final = (
    # What the public reference does wrong.
    Mutant("FunctionInvocationImpl", "(statusCode ?? NO_ANSWER)", "NO_ANSWER", SYNC),
    Mutant("FunctionHttpAnswer", "ACCEPTED = 201", "ACCEPTED = 299", ASYNC),
    Mutant(
        "AsyncFunctionInvocationRequests",
        "WITH SYSTEM_MODE\n        ];\n        return found",
        "WITH SYSTEM_MODE FOR UPDATE\n        ];\n        return found",
        ASYNC,
    ),
    Mutant(
        "AsyncFunctionInvocationRequests",
        "WHERE Id = :recordId AND Status__c = :PENDING AND",
        "WHERE Id = :recordId AND",
        SENDING,
    ),
    Mutant("FunctionHttpAnswer", "key.equalsIgnoreCase(name)", "key.equals(name)", SYNC),
    Mutant("FunctionInvocationImpl", ERROR_LOOKS, "if (statusCode != null) {", SYNC),
    Mutant("FunctionInvocationImpl", "code <= 299", "code <= 200", SYNC),
    Mutant(
        "AsyncFunctionInvocationAnswers",
        "if (record.Status__c == PENDING && record.StatusCode__c == null) {",
        "if (record.Id != null) {",
        SENDING,
    ),
    Mutant(
        "AsyncResponseHandlerTriggerHandler",
        "record.CallbackStatus__c == FunctionCallbackStatus.WAITING.name() && isFinished(record)",
        "isFinished(record)",
        RESULTS,
    ),
    Mutant(
        "AsyncFunctionInvocationRequests",
        "payload.length() > LONGEST_TEXT ? null : payload",
        "payload",
        ASYNC,
    ),
    Mutant("FunctionRequestContexts", "formatGmt", "format", CONTEXTS),
    Mutant(
        "FunctionInvoker",
        "&& answer.retryAfter != null && answer.retryAfter <= LONGEST_RETRY_AFTER",
        "",
        SYNC,
    ),
    # What is ours.
    Mutant("FunctionInvoker", "retryAfter <= LONGEST", "retryAfter >= LONGEST", SYNC),
    Mutant("FunctionRetryPolicy", "attempts >= MOST_ATTEMPTS", "attempts > MOST_ATTEMPTS", SENDING),
    Mutant("FunctionRetryPolicy", "answer.isLost || ", "", SENDING),
    Mutant("AsyncFunctionInvocationFinalizer", "open.addAll(pauses.keySet());", "", RESENDING),
    Mutant(
        "AsyncFunctionInvocationQueueable",
        "tries.accepted.contains(recordId)",
        "false",
        SENDING,
    ),
    Mutant("AsyncFunctionInvocationFinalizer", "if (recordId == current ||", "if (", RESENDING),
    Mutant(
        "AsyncFunctionInvocationFinalizer",
        " && !tries.accepted.contains(recordId)",
        "",
        RESENDING,
    ),
    Mutant("AsyncFunctionInvocationFinalizer", "if (crashesLeft >= 0) {", "if (true) {", RESENDING),
    Mutant("AsyncFunctionInvocationAnswers", "unsaved.addAll(part);", "", SAVING),
    Mutant("AsyncFunctionInvocationAnswers", "pauses.remove(changed[i].Id);", "", SAVING),
    Mutant("AsyncFunctionInvocationRequests", "].size() == most", "].size() == -1", SAVING),
    Mutant("FunctionTries", "count > MOST_LOCKS ? null : ", "", RESENDING),
    Mutant("FunctionCallbackFinalizer", "broken = unnoted;", "broken.clear();", CALLBACKS),
    Mutant("FunctionCallbackFinalizer", "open.add(recordId);", "", CALLBACKS),
    Mutant(
        "FunctionCallbackFinalizer",
        "locked.put(recordId, tries.pauseAfterLock(recordId));",
        "",
        CALLBACKS,
    ),
    Mutant("AsyncFunctionInvocationQueueable", ", Database.AllowsCallouts", "", ASYNC),
    Mutant(
        "FunctionsMetadataAuthProviderImpl",
        "private final FunctionsTokenCache cache;",
        "private final FunctionsTokenCache cache; private HttpRequest kept = new HttpRequest();",
        TOKENS,
    ),
    Mutant(
        "FunctionsTokenExchange",
        "private final String audience;",
        "private final String audience; private final Pattern kept = Pattern.compile('a');",
        TOKENS,
    ),
    Mutant("AsyncFunctionInvocationQueueable", "latestJob == null || !isDefault", "true", ASYNC),
    Mutant("FunctionCallbackQueueable", "Database.rollback(before);", "", RESULTS),
    Mutant(
        "FunctionCallbackQueueable",
        "&& claimed[0].CallbackStatus__c == FunctionCallbackStatus.ENQUEUED.name()",
        "",
        CALLBACKS,
    ),
    Mutant("FunctionCallbackFinalizer", "isAlone || called == 1", "isAlone", CALLBACKS),
    Mutant("FunctionCallbackFinalizer", "goOn(all, true,", "goOn(all, false,", CALLBACKS),
    Mutant(
        "FunctionCallbackFinalizer",
        "Limits.getDmlStatements() * 2",
        "Limits.getDmlStatements()",
        CALLBACKS,
    ),
    Mutant(
        "AsyncResponseHandlerTriggerHandler",
        "? other != null : !one.equals",
        "? false : one !=",
        RESULTS,
    ),
    Mutant(
        "FunctionCallbackState", "FunctionCallback.class.isAssignableFrom(found)", "true", RESULTS
    ),
    Mutant(
        "AsyncResponseHandlerTriggerHandler",
        "Math.min(wanted, FunctionJobs.free() / 2)",
        "wanted",
        RESULTS,
    ),
    Mutant("FunctionCallbackUser", "record.CreatedById == UserInfo.getUserId() &&", "", WHOSE),
    Mutant("FunctionCallbackUser", "&& invokerOf(record) == record.CreatedById", "", WHOSE),
    Mutant("FunctionCallbackUser", "Id.valueOf((String) userContext.get('userId'))", "null", WHOSE),
    Mutant("FunctionCallbackUser", "return null;", "return record.CreatedById;", WHOSE),
    Mutant("FunctionCallbackUser", "AND CreatedById = :UserInfo.getUserId()", "", WHOSE),
    Mutant("FunctionCallbackUser", "IN ('HELD', 'FAILED')", "!= NULL", WHOSE),
    Mutant("FunctionJobs", "if (free() < 1) {", "if (free() < 0) {", ASYNC),
    Mutant("FunctionPermissions", "AND IsActive = TRUE", "AND IsActive = FALSE", GET),
    Mutant(
        "FunctionPermissions",
        "assignment.PermissionSetGroup.Has",
        "assignment.PermissionSet.Has",
        GET,
    ),
    Mutant("FunctionLookup", "name.length() > LONGEST_NAME", "false", GET),
    Mutant("FunctionPayload", "TOKENS_LOOKED_AT = 4", "TOKENS_LOOKED_AT = 1", SYNC),
    Mutant("FunctionPermissions", "ALLOWED.add(key);", "", GET),
    Mutant("FunctionPermissions", "UserInfo.getUserId() + ' ' + apiName", "apiName", GET),
    Mutant(
        "FunctionReferenceMetadataProviderImpl",
        "if (!KNOWN.containsKey(key)) {",
        "if (true) {",
        GET,
    ),
    Mutant("FunctionReference", ".removeEnd('/')", "", GET),
    Mutant("FunctionReference", "!ADDRESS.matcher(endpoint).matches()", "false", GET),
    Mutant(
        "FunctionReference", "return PLACEHOLDER.matcher(endpoint).matches()", "return false", GET
    ),
    Mutant("FunctionReference", "example([.][a-z]+)?(", "example[.]com(", GET),
    Mutant(
        "FunctionsTokenCache",
        "EncodingUtil.base64Encode(sealed)",
        "EncodingUtil.base64Encode(Blob.valueOf(token))",
        TOKENS,
    ),
    Mutant(
        "FunctionsMetadataAuthProviderImpl", "return ours.cache != null;", "return false;", TOKENS
    ),
    Mutant("FunctionErrorText", "text.startsWith('<')", "false", ANSWERS),
    Mutant("FunctionResend", "record.StatusCode__c = null;", "", ASYNC),
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of force-app's framework to make mutants in."""
    require_programs()
    root = tmp_path_factory.mktemp("mutants") / "force-app"
    # Without what uses the framework: half of the time would go into reading it.
    users = shutil.ignore_patterns("examples", "operations", "pages")
    shutil.copytree(REPOSITORY / "force-app", root, ignore=users)
    yield root
    shutil.rmtree(root)


def failing_test(folder: Path, tests: str) -> str | None:
    """Return the first Apex test of a class that fails, if any."""
    project = Project([folder])
    for test in project.tests():
        if test.cls.name == tests and project.run(test).failure is not None:
            return test.name
    return None


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_a_mutant_is_noticed(copied: Path, mutant: Mutant) -> None:
    """Each of these changes of one line makes an Apex test fail."""
    path = copied / CLASSES / f"{mutant.cls}.cls"
    original = path.read_text("utf-8")
    assert original.count(mutant.old) == 1, f"{mutant.old} is not once in {path.name}"
    try:
        path.write_text(original.replace(mutant.old, mutant.new), "utf-8")
        assert failing_test(copied, mutant.tests) is not None
    finally:
        path.write_text(original, "utf-8")
