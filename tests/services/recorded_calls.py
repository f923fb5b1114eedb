"""Every call of the services whose queries must use an index."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import PreconditionFailed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from threadkeep.inputs import MessageInput
    from threadkeep.tests.services.plans import World


async def expect_precondition_failed(call: Awaitable[object]) -> None:
    with pytest.raises(PreconditionFailed):
        await call


USERS: dict[str, Callable[[World], Awaitable[object]]] = {
    "get_user": lambda w: w.keep.user_service.get_user(w.user_id),
    "update_user": lambda w: w.keep.user_service.update_user(w.user_id, full_name="x"),
    "list_users, by address": lambda w: w.keep.user_service.list_users(email=w.email),
    "delete_user": lambda w: w.keep.user_service.delete_user(w.user_id),
    "create_key": lambda w: w.keep.key_service.create_key("user", user_id=w.user_id),
    "list_keys": lambda w: w.keep.key_service.list_keys(w.user_id),
    "revoke_key": lambda w: w.keep.key_service.revoke_key(w.key_prefix),
    "verify": lambda w: w.keep.operations.keys.verify(w.plain_key),
}


async def every_list(world: World) -> None:
    """Read the lists of threads with each combination of the filters of a sidebar."""
    find = world.keep.thread_service.find_threads
    participants, archived_or_not, pinned_or_not = (world.user_id, None), (True, False, None), (True, None)
    choices = itertools.product(participants, archived_or_not, pinned_or_not, (None, ["a"]))
    for one, archived, pinned, any_of in choices:
        since = datetime(2026, 1, 1, tzinfo=UTC) if archived is False else None
        await find(participant=one, archived=archived, pinned=pinned, labels=any_of, active_after=since)


THREADS: dict[str, Callable[[World], Awaitable[object]]] = {
    "create_thread": lambda w: w.keep.thread_service.create_thread([w.user_id]),
    "create_thread, with messages": lambda w: w.keep.thread_service.create_thread([w.user_id], messages=[{}]),
    "get_thread": lambda w: w.keep.thread_service.get_thread(w.thread_id),
    "list_threads": lambda w: w.keep.thread_service.list_threads(w.user_id),
    "list_thread_records": lambda w: w.keep.thread_service.list_thread_records(w.user_id),
    "find_threads, of a sidebar": every_list,
    "update_thread": lambda w: w.keep.thread_service.update_thread(w.thread_id, participant_ids=[w.user_id]),
    "update_metadata": lambda w: w.keep.thread_service.update_metadata(w.thread_id, {}),
    "delete_thread": lambda w: w.keep.thread_service.delete_thread(w.thread_id),
}


async def send_reasoning(world: World, times: int) -> None:
    for _ in range(times):
        await world.keep.message_service.create_message(world.thread_id, type="reasoning", item={"id": "rs_1"})


async def get_reasoning(world: World) -> None:
    await send_reasoning(world, 1)
    await world.keep.message_service.get_message("rs_1", thread_id=world.thread_id)


async def read_after_deleted_item(world: World) -> None:
    await send_reasoning(world, 1)
    await world.keep.message_service.delete_message("rs_1", thread_id=world.thread_id)
    await world.keep.message_service.list_messages(world.thread_id, 2, after="rs_1")


async def send_again(world: World) -> None:
    """Send messages whose beginning is known, as one, as a batch and as a turn, also after some were cut."""
    service = world.keep.message_service
    entries: list[MessageInput] = [{"client_id": f"k{number}"} for number in range(4)]
    await service.create_messages(world.thread_id, entries[:2])
    await service.create_message(world.thread_id, client_id="k0")
    await service.create_messages(world.thread_id, entries[:3])
    for _ in range(2):
        await service.commit_turn(world.thread_id, [{"client_id": "turn"}])
    await service.truncate_messages(world.thread_id, 7)
    await service.replace_messages(world.thread_id, 7, entries[1:])
    await service.replace_messages(world.thread_id, 7, entries[1:])
    await service.pop_message(world.thread_id)


MESSAGES: dict[str, Callable[[World], Awaitable[object]]] = {
    "create_message": lambda w: w.keep.message_service.create_message(w.thread_id, "x"),
    "create_message, with a key": lambda w: w.keep.message_service.create_message(w.thread_id, "x", client_id="k"),
    "create_message, expected": lambda w: expect_precondition_failed(
        w.keep.message_service.create_message(w.thread_id, "x", expected_seq=3)
    ),
    "create_messages": lambda w: w.keep.message_service.create_messages(w.thread_id, [{}, {}]),
    "commit_turn": lambda w: w.keep.message_service.commit_turn(w.thread_id, [{}, {"client_id": "k"}], after_seq=3),
    "truncate_messages": lambda w: w.keep.message_service.truncate_messages(w.thread_id, 3),
    "clear_messages": lambda w: w.keep.message_service.clear_messages(w.thread_id),
    "pop_message": lambda w: w.keep.message_service.pop_message(w.thread_id),
    "get_message": lambda w: w.keep.message_service.get_message(w.message_ids[0]),
    "list_messages": lambda w: w.keep.message_service.list_messages(w.thread_id, 2),
    "list_messages, downwards": lambda w: w.keep.message_service.list_messages(w.thread_id, 2, order="desc"),
    "list_messages, after": lambda w: w.keep.message_service.list_messages(w.thread_id, 2, after=w.message_ids[1]),
    "list_messages, before": lambda w: w.keep.message_service.list_messages(w.thread_id, 2, before=w.message_ids[3]),
    "list_messages, of a role": lambda w: w.keep.message_service.list_messages(w.thread_id, 2, role="user"),
    "get_formatted_messages": lambda w: w.keep.message_service.get_formatted_messages(w.thread_id),
    "context": lambda w: w.keep.message_service.context(w.thread_id, 100),
    "update_message": lambda w: w.keep.message_service.update_message(w.message_ids[0], content="x"),
    "delete_message": lambda w: w.keep.message_service.delete_message(w.message_ids[0]),
    "messages that are sent again": send_again,
    "create_message, an item twice": lambda w: send_reasoning(w, 2),
    "get_message, by the id of an item": get_reasoning,
    "list_messages, after a deleted item": read_after_deleted_item,
    "append_chunk": lambda w: w.keep.message_service.append_chunk(w.thread_id, "x", is_last=False),
    "abort_chunks": lambda w: w.keep.message_service.abort_chunks(w.thread_id),
}
