"""Every reader shows values that Python does not have in their nearest form, also when a real server sends them (decision 46).

The embedded server refuses such values, so a rule of the proxy puts them into its answers.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.factories import make_thread
from threadkeep.tests.wire.rules import ForeignValues

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from threadkeep.keep import Threadkeep
    from threadkeep.records import MessageRecord, ThreadRecord
    from threadkeep.tests.wire.conftest import Behind
    from threadkeep.tests.wire.proxy import RulesProxy

    Read = Callable[[Threadkeep, MessageRecord], Awaitable[Any]]

NEAREST = datetime.max.replace(microsecond=999000)  # noqa: DTZ901 - as the driver returns dates
FOREIGN = {"at": ForeignValues.date, "text": ForeignValues.text}
NEAREST_FORM: dict[str, Any] = {"at": NEAREST, "text": "\ufffd" * len(ForeignValues.text)}


async def _first(keep: Threadkeep, message: MessageRecord) -> MessageRecord:
    return (await keep.message_service.list_messages(message.thread_id)).data[0]


async def _iterated(keep: Threadkeep, message: MessageRecord) -> MessageRecord:
    read = [one async for one in keep.message_service.iter_messages(message.thread_id)]
    return read[0]


async def _filtered(keep: Threadkeep, message: MessageRecord) -> MessageRecord:
    return (await keep.message_service.list_messages(message.thread_id, role="assistant")).data[0]


async def _repeated(keep: Threadkeep, message: MessageRecord) -> MessageRecord:
    return await keep.message_service.create_message(message.thread_id, "a", "assistant", client_id="one")


async def _changed(keep: Threadkeep, message: MessageRecord) -> MessageRecord:
    return await keep.message_service.update_message(message.id, status="completed")


async def _popped(keep: Threadkeep, message: MessageRecord) -> MessageRecord | None:
    return await keep.message_service.pop_message(message.thread_id)


MESSAGES: dict[str, Read] = {
    "get": lambda keep, message: keep.message_service.get_message(message.id),
    "get in thread": lambda keep, message: keep.message_service.get_message(message.id, thread_id=message.thread_id),
    "page": _first,
    "all": _iterated,
    "filtered": _filtered,
    "repeated": _repeated,
    "changed": _changed,
    "popped": _popped,
}


async def _found(keep: Threadkeep, _: MessageRecord) -> ThreadRecord:
    return (await keep.thread_service.find_threads()).data[0]


async def _renamed(keep: Threadkeep, message: MessageRecord) -> ThreadRecord:
    return await keep.thread_service.update_thread(message.thread_id, title="new")


async def _committed(keep: Threadkeep, message: MessageRecord) -> ThreadRecord:
    return (await keep.message_service.commit_turn(message.thread_id, [{"content": "b", "role": "assistant"}])).thread


THREADS: dict[str, Read] = {
    "get": lambda keep, message: keep.thread_service.get_thread(message.thread_id),
    "page": _found,
    "changed": _renamed,
    "turn": _committed,
    "cut": lambda keep, message: keep.message_service.clear_messages(message.thread_id),
}


READS = {f"message, {name}": read for name, read in MESSAGES.items()} | {
    f"thread, {name}": read for name, read in THREADS.items()
}


@pytest.fixture
async def stored(behind: Behind) -> MessageRecord:
    """A message in a thread. The metadata of both is foreign."""
    async with behind() as keep:
        thread = await make_thread(keep)
        message = await keep.message_service.create_message(thread.id, "a", "assistant", client_id="one")
        documents = keep.runtime.documents
        await documents.messages.update_one({"_id": message.id}, {"$set": {"meta_data": FOREIGN}})
        await documents.threads.update_one({"_id": thread.id}, {"$set": {"meta_data": FOREIGN}})
    return message


@pytest.mark.parametrize("read", READS.values(), ids=READS)
async def test_foreign_values_are_read(behind: Behind, proxy: RulesProxy, stored: MessageRecord, read: Read) -> None:
    async with behind() as keep:
        proxy.rules.append(ForeignValues())

        assert (await read(keep, stored)).meta_data == NEAREST_FORM


async def test_many_threads_with_foreign_values_are_read_together(
    behind: Behind, proxy: RulesProxy, stored: MessageRecord
) -> None:
    """Reads that begin at the same moment are one command (decision 101)."""
    async with behind() as keep:
        other = await make_thread(keep)
        proxy.rules.append(ForeignValues())
        read = await asyncio.gather(*(keep.thread_service.get_thread(one) for one in (other.id, stored.thread_id)))

    assert read[1].meta_data == NEAREST_FORM


async def test_a_history_with_foreign_text_is_formatted(
    behind: Behind, proxy: RulesProxy, stored: MessageRecord
) -> None:
    async with behind() as keep:
        await keep.runtime.documents.messages.update_one({"_id": stored.id}, {"$set": {"content": ForeignValues.text}})
        proxy.rules.append(ForeignValues())
        formatted = await keep.message_service.get_formatted_messages(stored.thread_id)

    assert NEAREST_FORM["text"] in str(formatted)
