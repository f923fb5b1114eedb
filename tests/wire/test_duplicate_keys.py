"""Servers that do not name the key of a duplicate: Amazon DocumentDB, Azure DocumentDB, FerretDB."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import EmailTaken, IdentityTaken, IdTaken, PreconditionFailed, Unavailable
from threadkeep.tests.factories import make_history, make_thread, make_user
from threadkeep.tests.wire.rules import Answering, Chosen, WithoutKeyPatterns, WriteConcernFailing, error_answer

if TYPE_CHECKING:
    from threadkeep.inputs import MessageInput
    from threadkeep.keep import Threadkeep
    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.proxy import RulesProxy

NOTHING = "E11000 duplicate key error"
TEXTS = {
    "MongoDB's text": "E11000 duplicate key error collection: {collection} index: {index} dup key: {{ : 1 }}",
    "Azure DocumentDB's text": "Duplicate key violation on the requested collection: Index '{index}'",
    "an index of another name": "E11000 duplicate key error collection: {collection} index: ix_{index}",
    "no index": NOTHING,
}
COUNTS = ("nInserted", "nMatched", "nModified", "nUpserted", "nDeleted")
"""The fields of an answer to a `bulkWrite`."""
with_each_text = pytest.mark.parametrize("text", [*TEXTS.values()], ids=[*TEXTS])


@pytest.fixture
def text() -> str:
    """The text of the server's errors, which names nothing if the test does not choose another one."""
    return NOTHING


pytestmark = pytest.mark.usefixtures("_each_version")


@pytest.fixture(autouse=True)
def _unnamed_keys(text: str, proxy: RulesProxy) -> None:
    proxy.rules.append(WithoutKeyPatterns(text))


@pytest.mark.slow
@with_each_text
async def test_all_concurrent_appends_of_two_processes_get_consecutive_numbers(behind: Behind) -> None:
    async with behind() as one, behind() as other:
        thread = await make_thread(one)

        async def append(keep: Threadkeep, content: str) -> int:
            return (await keep.message_service.create_message(thread.id, content, "assistant")).seq

        seqs = await asyncio.gather(*(append(keep, str(number)) for number in range(60) for keep in (one, other)))

    assert sorted(seqs) == list(range(1, 121))


@pytest.mark.slow
async def test_batches_and_conditional_appends_get_free_numbers(behind: Behind) -> None:
    async with behind() as one, behind() as other:
        thread = await make_thread(one)
        batch: list[MessageInput] = [{"content": "a"}, {"content": "b"}]
        appends = [keep.message_service.create_messages(thread.id, batch) for keep in (one, other) * 5]
        stored = await asyncio.gather(*appends)
        with pytest.raises(PreconditionFailed):
            await one.message_service.create_message(thread.id, "c", "assistant", expected_seq=1)

    assert sorted(message.seq for messages in stored for message in messages) == list(range(1, 21))


async def test_a_repeated_client_id_returns_the_first_message_and_another_message_is_refused(behind: Behind) -> None:
    async with behind() as one, behind() as other:
        thread = await make_thread(one)
        first = await one.message_service.create_message(thread.id, "a", "assistant", client_id="k")
        again = await other.message_service.create_message(thread.id, "a", "assistant", client_id="k")
        with pytest.raises(IdTaken):
            await other.message_service.create_messages(
                thread.id, [{"content": "b", "client_id": "new"}, {"content": "a", "client_id": "k"}]
            )

    assert again == first


@pytest.mark.slow
async def test_concurrent_deletions_of_two_processes_end_and_count_each_message_once(behind: Behind) -> None:
    async with behind() as one, behind() as other:
        thread_id, messages = await make_history(one, 12)
        deletions = [
            keep.message_service.delete_message(message.id) for message in messages[:10] for keep in (one, other)
        ]
        await asyncio.gather(*deletions, return_exceptions=True)
        thread = await one.thread_service.get_thread(thread_id)
        left = await one.message_service.list_messages(thread_id)

    assert [message.seq for message in left] == [11, 12]
    assert (thread.message_count, thread.last_seq) == (2, 12)


@pytest.mark.slow
@with_each_text
async def test_the_taken_field_of_a_user_is_named(behind: Behind) -> None:
    async with behind() as keep:
        users = keep.user_service
        await make_user(keep, email="ada@example.com", oauth_provider="google", provider_user_id="1")
        bob = await make_user(keep, email="bob@example.com", oauth_provider="google", provider_user_id="2")

        with pytest.raises(EmailTaken):
            await users.create_user(email="ada@example.com")
        with pytest.raises(IdentityTaken):
            await users.create_user(oauth_provider="google", provider_user_id="1")
        with pytest.raises(EmailTaken):
            await users.update_user(bob.id, email="ada@example.com")
        with pytest.raises(IdentityTaken):
            await users.update_user(bob.id, provider_user_id="1")


@pytest.mark.slow
async def test_no_loop_goes_on_for_ever_if_the_server_finds_every_key_taken(behind: Behind, proxy: RulesProxy) -> None:
    async with behind() as keep:
        thread_id, (message,) = await make_history(keep, 1)
        taken: Any = {"index": 0, **error_answer(11000, "E11000 duplicate key error")}

        refused = {
            "nErrors": 1,
            "cursor": {"id": 0, "ns": "admin.$cmd.bulkWrite", "firstBatch": [taken | {"ok": 0.0, "idx": 0}]},
        }
        proxy.rules.insert(0, Answering(Chosen(("bulkWrite",)), {"ok": 1.0, **dict.fromkeys(COUNTS, 0), **refused}))
        for collection in ("messages", "deleted_messages"):
            answer: Any = {"ok": 1.0, "n": 0, "writeErrors": [taken]}
            proxy.rules.insert(0, Answering(Chosen(("insert",), collection), answer))
        for endless in (
            keep.message_service.create_message(thread_id, "a", "assistant"),
            keep.message_service.create_messages(thread_id, [{"content": "a"}, {"content": "b"}]),
            keep.message_service.delete_message(message.id),
        ):
            with pytest.raises(Unavailable):
                await endless


async def test_a_duplicate_key_whose_rows_before_are_not_confirmed_is_no_success(
    behind: Behind, proxy: RulesProxy
) -> None:
    """Some messages are stored and the next is refused, and no majority has confirmed the stored ones."""
    async with behind() as one, behind() as other:
        thread = await make_thread(one)
        await one.message_service.create_message(thread.id, "first", "assistant")
        await other.message_service.create_message(thread.id, "second", "assistant", client_id="taken")

        proxy.rules.insert(0, WriteConcernFailing(Chosen(("insert", "bulkWrite")), only_refused=True))
        appends = [
            one.message_service.create_message(thread.id, str(number), "assistant", client_id=client_id)
            for number, client_id in enumerate(["a", "b", "taken"])
        ]
        outcomes = await asyncio.gather(*appends, return_exceptions=True)

    assert {type(outcome).__name__ for outcome in outcomes} <= {"Unavailable", "MessageRecord"}
    assert any(isinstance(outcome, Unavailable) for outcome in outcomes)
