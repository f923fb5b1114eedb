"""Users who are erased while somebody makes them take part in a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import InvalidParticipants, ThreadNotFound
from threadkeep.tests.factories import make_thread, make_users
from threadkeep.tests.services.interference import before_next

if TYPE_CHECKING:
    from threadkeep.tests.faults.conftest import Pair


def erase_before_next(monkeypatch: pytest.MonkeyPatch, keeps: Pair, operation: str, user_id: str) -> None:
    """Let one process erase the user right before the other's next `operation` on threads."""
    one, other = keeps
    threads = one.runtime.documents.database["threads"]
    before_next(monkeypatch, threads, operation, lambda: other.user_service.delete_user(user_id))


async def test_participant_who_is_erased_while_the_thread_is_made_is_not_named(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = keeps
    ada, bob = await make_users(one, 2)

    erase_before_next(monkeypatch, keeps, "insert_one", ada.id)
    thread = await one.thread_service.create_thread([bob.id, ada.id], messages=[{"content": "x", "sender_id": ada.id}])
    (message,) = await one.message_service.list_messages(thread.id)

    assert thread.participant_ids == [bob.id]
    assert message.sender_id == "deleted_user"


async def test_owner_who_is_erased_while_the_thread_is_made_leaves_no_thread(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = keeps
    ada, bob = await make_users(one, 2)

    erase_before_next(monkeypatch, keeps, "insert_one", ada.id)
    with pytest.raises(InvalidParticipants, match=ada.id):
        await one.thread_service.create_thread([ada.id, bob.id], messages=[{"content": "x"}])

    assert await one.thread_service.list_threads(bob.id) == []
    assert await one.runtime.documents.messages.count_documents({}) == 0


@pytest.mark.parametrize("owner", ["another", "nobody"])
async def test_user_who_is_erased_while_being_added_is_not_named(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    one, _ = keeps
    ada, bob = await make_users(one, 2)
    thread = await make_thread(one, participant_ids=[bob.id] if owner == "another" else [])

    erase_before_next(monkeypatch, keeps, "find_one_and_update", ada.id)
    change = one.thread_service.update_thread(thread.id, participant_ids=[ada.id])
    if owner == "another":
        assert (await change).participant_ids == [bob.id]
    else:  # a thread without an owner goes with the last who takes part
        with pytest.raises(ThreadNotFound):
            await change
