from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from bson.errors import InvalidDocument
from pymongo import AsyncMongoClient
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    ConfigurationError,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    NetworkTimeout,
    NotPrimaryError,
    OperationFailure,
    ServerSelectionTimeoutError,
    WriteConcernError,
    WriteError,
    WTimeoutError,
)

from threadkeep.errors import Conflict, DatabaseRefused, InvalidInput, TooLarge, Unavailable
from threadkeep.keep import Threadkeep
from threadkeep.services.database.driver_errors import translate, translates_driver_errors
from threadkeep.tests.factories import make_history, make_thread
from threadkeep.tests.faults.fail_points import failing

if TYPE_CHECKING:
    from pymongo import MongoClient


def id_of(error: Exception) -> str:
    details = getattr(error, "details", None) or {}
    return f"{type(error).__name__} {str(details or error)[:60]}"


TEMPORARY: list[Exception] = [
    AutoReconnect("connection closed"),
    NetworkTimeout("timed out"),
    ServerSelectionTimeoutError("no servers"),
    NotPrimaryError("not primary"),
    ExecutionTimeout("took too long", 50),
    WTimeoutError("waited too long", 64),
    OperationFailure("interrupted at shutdown", 11600),
    OperationFailure("write conflict", 112),
    WriteConcernError("primary stepped down", 189),
    BulkWriteError({"writeErrors": [{"index": 0, "code": 112, "errmsg": "write conflict"}]}),
    BulkWriteError({"writeErrors": [], "writeConcernErrors": [{"code": 91, "errmsg": "shutting down"}]}),
]
TOO_LARGE: list[Exception] = [
    DocumentTooLarge("BSON document too large"),
    WriteError("object to insert too large", 10334),
    WriteError("resulting document after update is too large", 17419),
    BulkWriteError({"writeErrors": [{"index": 0, "code": 10334, "errmsg": "too large"}]}),
]
UNSTORABLE: list[Exception] = [InvalidDocument("cannot encode object"), OverflowError("int too large")]
LASTING: list[Exception] = [
    OperationFailure("unknown operator", 2),
    OperationFailure("not authorized", 13),
    OperationFailure("no such command", 59),
    OperationFailure("a code of tomorrow", 987_654),
    ConfigurationError("the server is too old"),
]


@pytest.mark.parametrize("error", TEMPORARY, ids=id_of)
def test_a_temporary_error_becomes_unavailable(error: Exception) -> None:
    assert isinstance(translate(error), Unavailable)


@pytest.mark.parametrize("error", TOO_LARGE, ids=id_of)
def test_an_error_about_size_becomes_too_large(error: Exception) -> None:
    assert isinstance(translate(error), TooLarge)


@pytest.mark.parametrize("error", UNSTORABLE, ids=id_of)
def test_an_encoding_error_becomes_invalid_input_with_its_text(error: Exception) -> None:
    translated = translate(error)

    assert isinstance(translated, InvalidInput)
    assert str(error) in str(translated)


@pytest.mark.parametrize("error", LASTING, ids=id_of)
def test_an_error_that_lasts_names_its_code_and_repeats_no_text_of_the_server(error: Exception) -> None:
    translated = translate(error)

    assert isinstance(translated, DatabaseRefused)
    assert str(getattr(error, "code", "no code")) in str(translated)
    assert error.args[0] not in str(translated)


def test_a_duplicate_key_that_no_operation_expects_is_a_conflict() -> None:
    assert isinstance(translate(DuplicateKeyError("E11000", 11000)), Conflict)


def test_an_error_of_other_code_is_not_translated() -> None:
    error = ValueError("a bug")

    assert translate(error) is error


async def test_a_translated_error_has_the_driver_error_as_its_cause() -> None:
    cause = AutoReconnect("connection closed")

    @translates_driver_errors
    async def failing() -> None:
        raise cause

    with pytest.raises(Unavailable) as raised:
        await failing()
    assert raised.value.__cause__ is cause


@pytest.fixture
def fail(mongo: MongoClient[dict[str, Any]], mongo_url: str) -> Any:
    """Return a context manager in which the server fails commands of some names."""
    if "secantus" not in str(mongo.admin.command("hello").get("setName")):
        pytest.skip(f"{mongo_url} may have no fail points: only test servers have them")
    return partial(failing, mongo)


@pytest.mark.slow
@pytest.mark.parametrize("how", [{"errorCode": 91}, {"closeConnection": True}, {"errorCode": 10107}], ids=str)
async def test_a_failing_insert_raises_unavailable_and_the_next_append_succeeds(
    keep: Threadkeep, fail: Any, how: Any
) -> None:
    thread_id, _ = await make_history(keep, 2)

    with fail("insert", "bulkWrite", **how), pytest.raises(Unavailable):
        await keep.message_service.create_message(thread_id, "lost", "assistant")
    following = await keep.message_service.create_message(thread_id, "next", "assistant")

    assert following.seq == 3
    assert [m.seq for m in await keep.message_service.list_messages(thread_id)] == [1, 2, 3]


@pytest.mark.slow
@pytest.mark.usefixtures("_mongodb_7")
async def test_a_retry_completes_the_summary_update_that_failed_after_the_insert(keep: Threadkeep, fail: Any) -> None:
    """The message is stored, but its writer gets `Unavailable` and sends it again with its `client_id`."""
    thread_id, _ = await make_history(keep, 2)

    with fail("update", errorCode=91), pytest.raises(Unavailable):
        await keep.message_service.create_message(thread_id, "x", "assistant", client_id="k")
    again = await keep.message_service.create_message(thread_id, "x", "assistant", client_id="k")
    thread = await keep.thread_service.get_thread(thread_id)

    assert (again.seq, thread.message_count, thread.last_seq) == (3, 3, 3)


@pytest.mark.slow
async def test_appends_that_share_a_failing_insert_raise_unavailable(keep: Threadkeep, fail: Any) -> None:
    thread = await make_thread(keep)

    with fail("bulkWrite", times=2, errorCode=91):  # only appends insert
        outcomes = await asyncio.gather(
            *[keep.message_service.create_message(thread.id, str(n), "assistant") for n in range(8)],
            return_exceptions=True,
        )
    seqs = [message.seq for message in await keep.message_service.list_messages(thread.id)]

    assert {type(outcome).__name__ for outcome in outcomes} <= {"MessageRecord", "Unavailable"}
    assert sum(isinstance(outcome, Unavailable) for outcome in outcomes) >= 1
    assert seqs == list(range(1, len(seqs) + 1))


@pytest.mark.slow
async def test_a_batch_whose_commit_fails_is_stored_whole_or_not_at_all(keep: Threadkeep, fail: Any) -> None:
    thread = await make_thread(keep)

    with fail("commitTransaction", times=1, errorCode=10107):
        outcome = await asyncio.gather(
            keep.message_service.create_messages(thread.id, [{"content": "x"}] * 3), return_exceptions=True
        )
    listed = await keep.message_service.list_messages(thread.id)

    assert len(listed) in (0, 3)
    assert isinstance(outcome[0], Unavailable) or len(listed) == 3


@pytest.mark.slow
async def test_an_unreachable_database_raises_unavailable_in_time() -> None:
    async with AsyncMongoClient[dict[str, Any]](
        "mongodb://127.0.0.1:1/", serverSelectionTimeoutMS=50, connectTimeoutMS=50
    ) as client:
        keep = Threadkeep(client, sweep_seconds=None)

        with pytest.raises(Unavailable, match="cannot be used"):
            await keep.open()
        with pytest.raises(Unavailable):
            await keep.ping()
        await keep.close()
