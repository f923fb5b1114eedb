"""An operator of MongoDB in the place of an id is data, also if no API has validated the id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.errors import MessageNotFound, ThreadNotFound, UserNotFound

if TYPE_CHECKING:
    from threadkeep.keep import Threadkeep

OPERATOR: Any = {"$ne": ""}


async def test_an_operator_as_an_id_finds_and_deletes_nothing(keep: Threadkeep) -> None:
    user = await keep.user_service.create_user(full_name="Ada")
    thread = await keep.thread_service.create_thread([user.id], messages=[{"content": "Hello"}])

    for attempt in (
        keep.thread_service.get_thread,
        keep.thread_service.delete_thread,
        keep.message_service.list_messages,
    ):
        with pytest.raises(ThreadNotFound):
            await attempt(OPERATOR)
    for read in (keep.message_service.get_message, keep.message_service.delete_message):
        with pytest.raises(MessageNotFound):
            await read(OPERATOR)
    for name in (keep.user_service.get_user, keep.user_service.delete_user):
        with pytest.raises(UserNotFound):
            await name(OPERATOR)
    for limit in (None, 20):
        with pytest.raises(UserNotFound):
            await keep.thread_service.list_threads(OPERATOR, limit=limit)

    assert len(await keep.message_service.list_messages(thread.id)) == 1
    assert (await keep.user_service.get_user(user.id)).id == user.id
