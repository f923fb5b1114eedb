"""Every code of a MongoDB server, in process and over HTTP: none surfaces as an error of the driver or as an accidental 500."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from pymongo.errors import OperationFailure
from pymongo.helpers_shared import _RETRYABLE_ERROR_CODES

from threadkeep.app import create_app
from threadkeep.client.options import certificates
from threadkeep.documents.error_codes import MEANINGS, NAMES, Meaning
from threadkeep.errors import ThreadkeepError, Unavailable
from threadkeep.services.database.driver_errors import translate
from threadkeep.settings import Settings
from threadkeep.tests.factories import make_history, make_user
from threadkeep.tests.wire.rules import Chosen, Failing, Losing, WriteConcernFailing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep.keep import Threadkeep
    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.proxy import RulesProxy

UNKNOWN = 987_654
CODES = [*MEANINGS, UNKNOWN]
REPEATED_BY_DRIVER = {*_RETRYABLE_ERROR_CODES}
"""A read with one of these codes is repeated until its time limit, so tests let it fail once only."""
STATUSES = {
    Meaning.TRANSIENT: {503},
    Meaning.FULL: {503},
    Meaning.DUPLICATE: {409},
    Meaning.TOO_LARGE: {413},
    Meaning.UNSTORABLE: {422, 400},
    Meaning.UNSUPPORTED: {502},
    Meaning.UNAUTHORIZED: {502},
    Meaning.REFUSED: {502},
}
CODES_OF_DUPLICATES = {code for code, meaning in MEANINGS.items() if meaning is Meaning.DUPLICATE}
PASSING = [11601, 365, 290, 237, 175, 43, 202, 13388, 8000, 462]
"""Codes that were not known to pass before."""
LABELS = ["RetryableWriteError", "TransientTransactionError", "SystemOverloadedError", "RetryableError"]


class Service:
    """The application behind the proxy, and ids that its requests name."""

    def __init__(self, keep: Threadkeep, client: httpx2.AsyncClient) -> None:
        self.keep = keep
        self.client = client
        self.ids: dict[str, str] = {}

    async def send(self, method: str, path: str, body: Any = None) -> httpx2.Response:
        return await self.client.request(method, path.format(**self.ids), json=body)


@pytest.fixture
async def service(behind: Behind, _each_version: None) -> AsyncIterator[Service]:
    async with behind() as keep:
        app = create_app(Settings.model_construct(auth=False), keep=keep)
        transport = httpx2.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx2.AsyncClient(verify=certificates(), transport=transport, base_url="http://test") as client,
        ):
            service = Service(keep, client)
            user = await make_user(keep)
            thread_id, messages = await make_history(keep, 3)
            service.ids = {"user": user.id, "thread": thread_id, "message": messages[0].id}
            yield service


REQUESTS: dict[str, tuple[str, str, Any]] = {
    "get a thread": ("GET", "/v1/threads/{thread}", None),
    "append": ("POST", "/v1/threads/{thread}/messages", {"content": "x"}),
    "append a batch": ("POST", "/v1/threads/{thread}/messages", {"messages": [{"content": "x"}, {"content": "y"}]}),
    "create a thread": ("POST", "/openai/v1/threads", {}),
    "change a thread": ("PUT", "/v1/threads/{thread}", {"meta_data": {"a": 1}}),
    "change a message": ("PUT", "/v1/messages/{message}", {"content": "y"}),
    "change a user": ("PUT", "/v1/users/{user}", {"full_name": "Ada"}),
    "list messages": ("GET", "/openai/v1/threads/{thread}/messages", None),
    "list users": ("GET", "/v1/users", None),
}
STEPS = {"get a thread": 1, "append": 3}
"""For these requests, each code or each third one is tried. For the others, each fifteenth."""
READS, WRITES = (
    ("find", "aggregate"),
    (*("insert", "update", "bulkWrite", "findAndModify", "delete", "commitTransaction"),),
)


def failure_of(answer: httpx2.Response, code: int) -> str | None:
    """Return the fault of the answer to a request that failed with this code. None if the answer is right."""
    expected = STATUSES[MEANINGS.get(code, Meaning.REFUSED)]
    if code in CODES_OF_DUPLICATES:  # the service looks for the document that has the key, and finds none
        expected = {409, 503}
    error = answer.json().get("error")
    if answer.status_code not in expected or error in (None, "InternalError"):
        return f"{code} {NAMES.get(code)}: {answer.status_code} {answer.text}"
    if answer.status_code == 503 and int(answer.headers.get("retry-after", 0)) < 1:
        return f"{code}: no Retry-After"
    return None


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_an_error_of_threadkeep(code: int) -> None:
    assert isinstance(translate(OperationFailure("text of the server", code)), ThreadkeepError)


@pytest.mark.parametrize(
    ("request_name", "step"),
    [pytest.param(name, 25, id=f"{name}, some codes") for name in ("get a thread", "append")]
    + [
        pytest.param(name, STEPS.get(name, 15), id=name, marks=[pytest.mark.slow, pytest.mark.timeout(300)])
        for name in REQUESTS
    ],
)
async def test_a_request_that_fails_with_any_code_gets_the_error_of_its_meaning(
    service: Service, proxy: RulesProxy, request_name: str, step: int
) -> None:
    method, *_ = request = REQUESTS[request_name]
    codes = [code for code in CODES if code not in REPEATED_BY_DRIVER] if method == "GET" else CODES
    failures = []
    for code in codes[::step]:
        proxy.rules[:] = [Failing(Chosen(READS if method == "GET" else WRITES), code)]
        failures.append(failure_of(await service.send(*request), code))

    assert [failure for failure in failures if failure] == []


async def test_in_process_any_code_raises_an_error_of_threadkeep(service: Service, proxy: RulesProxy) -> None:
    messages, thread_id = service.keep.message_service, service.ids["thread"]
    for code in CODES[::50]:
        proxy.rules[:] = [Failing(Chosen(WRITES), code)]
        with pytest.raises(ThreadkeepError):
            await messages.create_message(thread_id, "x", "assistant")


@pytest.mark.slow
@pytest.mark.parametrize("code", PASSING)
async def test_an_error_that_passes_at_once_is_not_noticed(service: Service, proxy: RulesProxy, code: int) -> None:
    for commands in (READS, WRITES):
        for name, request in REQUESTS.items():
            proxy.rules[:] = [Failing(Chosen(commands, times=1), code)]
            answer = await service.send(*request)

            assert answer.is_success, (commands, name, answer.text)


@pytest.mark.parametrize("label", LABELS)
def test_a_label_decides_for_a_code_that_is_not_known(label: str) -> None:
    assert isinstance(translate(OperationFailure("", UNKNOWN, {"errorLabels": [label]})), Unavailable)


async def test_a_write_that_no_majority_confirms_answers_503_and_a_repeat_stores_it_once(
    service: Service, proxy: RulesProxy
) -> None:
    proxy.rules[:] = [WriteConcernFailing(Chosen(WRITES))]
    refused = await service.send(*REQUESTS["append"])
    proxy.rules.clear()
    listed = await service.send(*REQUESTS["list messages"])

    assert refused.status_code == 503
    assert len(listed.json()["data"]) == 4


@pytest.mark.slow
@pytest.mark.parametrize("request_name", ["append", "append a batch", "create a thread", "change a message"])
async def test_a_write_whose_answer_is_lost_is_done_once(
    service: Service, proxy: RulesProxy, request_name: str
) -> None:
    database = service.keep.runtime.documents.database
    counts = [await database[name].count_documents({}) for name in ("threads", "messages")]
    proxy.rules[:] = [Losing(Chosen(WRITES, times=1))]
    answer = await service.send(*REQUESTS[request_name])
    proxy.rules.clear()
    changed = [await database[name].count_documents({}) for name in ("threads", "messages")]

    assert answer.is_success, answer.text
    expected = {"append": [0, 1], "append a batch": [0, 2], "create a thread": [1, 0], "change a message": [0, 0]}
    assert [after - before for before, after in zip(counts, changed, strict=True)] == expected[request_name]


async def test_the_text_of_the_server_reaches_no_client(service: Service, proxy: RulesProxy) -> None:
    for code in (2, 13, 59, 121, 11601):
        proxy.rules[:] = [Failing(Chosen(READS + WRITES), code, message="a secret message")]
        for request in REQUESTS.values():
            assert "secret" not in (await service.send(*request)).text


async def test_a_lasting_error_is_logged_with_its_code(
    service: Service, proxy: RulesProxy, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.rules[:] = [Failing(Chosen(("find",)), 13)]
    await service.send(*REQUESTS["get a thread"])

    assert "database_refused error=OperationFailure code=13" in caplog.text


@pytest.mark.slow
async def test_a_start_with_a_lasting_error_says_it_in_one_sentence_and_waits_after_one_that_passes(
    behind: Behind, proxy: RulesProxy
) -> None:
    from threadkeep.errors import StartupError  # noqa: PLC0415

    for code in (13, 18, 59, 2):
        proxy.rules[:] = [Failing(Chosen(("listCollections",)), code, message="not authorized")]
        with pytest.raises(StartupError, match="The database cannot be used: not authorized"):
            async with behind():
                pass
    for code in PASSING:
        proxy.rules[:] = [Failing(Chosen(("listCollections",)), code)]
        with pytest.raises(Unavailable):
            async with behind():
                pass
