"""Makes what tests start from, through whatever they are given: services, a client, a door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threadkeep.records import MessageRecord, ThreadRecord, UserRecord
    from threadkeep.services import KeyService, MessageService, ThreadService, UserService


class ErrorBoundary(Protocol):
    """A way in: what the services, the clients and a Threadkeep have in common."""

    @property
    def user_service(self) -> UserService:
        """Users."""

    @property
    def thread_service(self) -> ThreadService:
        """Threads."""

    @property
    def message_service(self) -> MessageService:
        """Messages."""

    @property
    def key_service(self) -> KeyService:
        """API keys."""


async def make_user(door: ErrorBoundary, **changes: Any) -> UserRecord:
    """A user."""
    return await door.user_service.create_user(**{"full_name": "Ada"} | changes)


async def make_users(door: ErrorBoundary, count: int) -> list[UserRecord]:
    """Several users, oldest first."""
    return [await make_user(door, full_name=f"User {number}") for number in range(1, count + 1)]


async def make_thread(door: ErrorBoundary, *contents: str, **changes: Any) -> ThreadRecord:
    """A thread of one new user, unless participants are given, with these texts as its messages."""
    if "participant_ids" not in changes:
        changes["participant_ids"] = [(await make_user(door)).id]
    thread = await door.thread_service.create_thread(**changes)
    await make_messages(door, thread.id, contents)
    return thread


async def make_messages(
    door: ErrorBoundary, thread_id: str, contents: Sequence[str], **changes: Any
) -> list[MessageRecord]:
    """Messages with these texts, in this order."""
    if not contents:
        return []
    return await door.message_service.create_messages(thread_id, [{"content": text} | changes for text in contents])


async def make_history(
    door: ErrorBoundary, length: int, *, without: Sequence[int] = ()
) -> tuple[str, list[MessageRecord]]:
    """A thread of `length` messages whose texts are their numbers, of which those numbered in `without` are deleted again.

    Returns the thread's id, and all messages that ever were, so that `messages[number - 1]` is the one with that number.
    """
    thread = await make_thread(door)
    messages = await make_messages(door, thread.id, [str(number) for number in range(1, length + 1)])
    for number in without:
        await door.message_service.delete_message(messages[number - 1].id)
    return thread.id, messages
