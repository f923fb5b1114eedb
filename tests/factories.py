"""Creates the users, threads and messages that tests start from, through services, a client or a Threadkeep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from threadkeep.inputs import MessageInput
    from threadkeep.records import MessageRecord, ThreadRecord, UserRecord
    from threadkeep.services import KeyService, MessageService, ThreadService, UserService


class ServiceProvider(Protocol):
    """The services that a services bundle, a client and a Threadkeep all offer."""

    @property
    def user_service(self) -> UserService:
        """The service of users."""

    @property
    def thread_service(self) -> ThreadService:
        """The service of threads."""

    @property
    def message_service(self) -> MessageService:
        """The service of messages."""

    @property
    def key_service(self) -> KeyService:
        """The service of API keys."""


async def make_user(services: ServiceProvider, **changes: Any) -> UserRecord:
    """Create a user."""
    return await services.user_service.create_user(**{"full_name": "Ada"} | changes)


async def make_users(services: ServiceProvider, count: int) -> list[UserRecord]:
    """Create several users. Returns them oldest first."""
    return [await make_user(services, full_name=f"User {number}") for number in range(1, count + 1)]


async def make_thread(services: ServiceProvider, *contents: str, **changes: Any) -> ThreadRecord:
    """Create a thread with these texts as its messages. Without `participant_ids`, its participant is a new user."""
    if "participant_ids" not in changes:
        changes["participant_ids"] = [(await make_user(services)).id]
    thread = await services.thread_service.create_thread(**changes)
    await make_messages(services, thread.id, contents)
    return thread


async def make_messages(
    services: ServiceProvider, thread_id: str, contents: Sequence[str], **changes: Any
) -> list[MessageRecord]:
    """Append messages with these texts, in this order."""
    if not contents:
        return []
    messages: list[MessageInput] = [{"content": text, **changes} for text in contents]  # type: ignore[typeddict-item]  # of any test
    return await services.message_service.create_messages(thread_id, messages)


async def make_history(
    services: ServiceProvider, length: int, *, without: Sequence[int] = ()
) -> tuple[str, list[MessageRecord]]:
    """Create a thread of `length` messages whose texts are their numbers, and delete the numbers in `without`.

    Returns the id of the thread and all messages, also the deleted ones: `messages[number - 1]` has that number.
    """
    thread = await make_thread(services)
    messages = await make_messages(services, thread.id, [str(number) for number in range(1, length + 1)])
    for number in without:
        await services.message_service.delete_message(messages[number - 1].id)
    return thread.id, messages
