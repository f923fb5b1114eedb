"""Users who are erased while another request makes them participants of a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from threadkeep.errors import InvalidParticipants, ThreadNotFound
from threadkeep.tests.factories import make_thread, make_users
from threadkeep.tests.services.interference import before_next

if TYPE_CHECKING:
    from threadkeep.tests.faults.conftest import Pair


def erase_before_next(monkeypatch: pytest.MonkeyPatch, keeps: Pair, operation: str, user_id: str) -> None:
    """Make one process erase the user right before the next `operation` on threads of the other process."""
    one, other = keeps
    threads = one.runtime.documents.database["threads"]
    before_next(monkeypatch, threads, operation, lambda: other.user_service.delete_user(user_id))


async def test_a_participant_erased_during_the_creation_of_a_thread_is_left_out(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = keeps
    ada, bob = await make_users(one, 2)

    erase_before_next(monkeypatch, keeps, "insert_one", ada.id)
    thread = await one.thread_service.create_thread([bob.id, ada.id], messages=[{"content": "x", "sender_id": ada.id}])
    (message,) = await one.message_service.list_messages(thread.id)

    assert thread.participant_ids == [bob.id]
    assert message.sender_id == "deleted_user"


async def test_a_thread_whose_owner_is_erased_during_its_creation_is_not_created(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = keeps
    ada, bob = await make_users(one, 2)

    erase_before_next(monkeypatch, keeps, "insert_one", ada.id)
    with pytest.raises(InvalidParticipants, match=ada.id):
        await one.thread_service.create_thread([ada.id, bob.id], messages=[{"content": "x"}])

    assert await one.thread_service.list_threads(bob.id) == []
    assert await one.runtime.documents.messages.count_documents({}) == 0


@pytest.mark.parametrize("owner", ["another", "none"])
async def test_a_user_erased_during_an_update_of_participants_is_left_out(
    keeps: Pair, monkeypatch: pytest.MonkeyPatch, owner: str
) -> None:
    one, _ = keeps
    ada, bob = await make_users(one, 2)
    thread = await make_thread(one, participant_ids=[bob.id] if owner == "another" else [])

    erase_before_next(monkeypatch, keeps, "find_one_and_update", ada.id)
    change = one.thread_service.update_thread(thread.id, participant_ids=[ada.id])
    if owner == "another":
        assert (await change).participant_ids == [bob.id]
    else:  # the erasure of its last participant deletes a thread without an owner
        with pytest.raises(ThreadNotFound):
            await change
