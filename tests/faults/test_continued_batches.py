"""Batches whose beginning an earlier append stored: the rest is stored behind it, once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import Unavailable
from threadkeep.services.appends import batches, ticket_answers
from threadkeep.tests.factories import make_messages, make_thread
from threadkeep.tests.faults.batches import (
    BATCH,
    NO_RUNNING_WRITERS,
    interrupt_after,
    keyed_services,
    numbers_and_texts,
)

if TYPE_CHECKING:
    from threadkeep.documents import MessageRow
    from threadkeep.inputs import MessageInput
    from threadkeep.tests.faults.conftest import Pair


async def test_two_processes_that_continue_one_batch_store_its_rest_once(standalone_keeps: Pair) -> None:
    one, _ = standalone_keeps
    thread = await make_thread(one)
    await one.message_service.create_message(thread.id, "a", client_id="a")
    batch: list[Any] = [{**message, "client_id": message["content"]} for message in BATCH]

    answers = await asyncio.gather(
        *(keep.message_service.create_messages(thread.id, batch) for keep in standalone_keeps for _ in range(3)),
        return_exceptions=True,
    )

    stored = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert stored
    assert all(answer == stored[0] for answer in stored)
    assert {type(answer) for answer in answers} <= {list, type(stored[0]), Unavailable}
    assert [text for _, text in await numbers_and_texts(one, thread.id)] == ["a", "b", "c", "d"]


async def test_processes_that_continue_different_batches_store_one_of_them(keeps: Pair) -> None:
    one, other = keeps
    thread = await make_thread(one)
    await one.message_service.create_message(thread.id, "a", client_id="a")
    tries: list[list[MessageInput]] = [
        [{"content": "a", "client_id": "a"}, {"content": name}, {"content": name}] for name in ("x", "y")
    ]

    answers = await asyncio.gather(
        one.message_service.create_messages(thread.id, tries[0]),
        other.message_service.create_messages(thread.id, tries[1]),
        return_exceptions=True,
    )

    texts = [text for _, text in await numbers_and_texts(one, thread.id)]
    assert sorted(type(answer).__name__ for answer in answers) == ["PartlyStored", "list"]
    assert texts in (["a", "x", "x"], ["a", "y", "y"])


async def test_a_retry_of_a_batch_whose_beginning_was_known_is_answered(keeps: Pair) -> None:
    """The rest has no client ids. Its ids come from the idempotency key."""
    one, other = keeps
    thread = await make_thread(one)
    await one.message_service.create_message(thread.id, "a", client_id="a")
    batch: list[MessageInput] = [{"content": "a", "client_id": "a"}, {"content": "b"}, {"content": "c"}]
    first = await keyed_services(one).message_service.create_messages(thread.id, batch)
    await make_messages(other, thread.id, ["somebody else"])

    again = await keyed_services(other, is_retry=True).message_service.create_messages(thread.id, batch)
    answered = await keyed_services(other, is_answered=True).message_service.create_messages(thread.id, batch)

    assert first == again == answered
    assert [message.content for message in first] == ["a", "b", "c"]


@pytest.mark.parametrize("tuning", [NO_RUNNING_WRITERS])
async def test_an_interrupted_rest_of_a_batch_is_withdrawn_and_stored_whole(
    standalone_keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = standalone_keeps
    thread = await make_thread(one)
    await one.message_service.create_message(thread.id, "a", client_id="a")
    batch: list[Any] = [{**message, "client_id": message["content"]} for message in BATCH]
    insert = batches.insert_batch

    async def interrupted(documents: Any, rows: list[MessageRow], transactions: Any) -> Any:
        if len(rows) == 3:
            interrupt_after(monkeypatch, one, 2)
        return await insert(documents, rows, transactions)

    monkeypatch.setattr(ticket_answers, "insert_batch", interrupted)
    with pytest.raises(Unavailable):
        await one.message_service.create_messages(thread.id, batch)
    monkeypatch.undo()

    stored = await other.message_service.create_messages(thread.id, batch)

    assert await one.message_service.list_messages(thread.id) == stored
    assert [message.content for message in stored] == ["a", "b", "c", "d"]
