"""The thread of a framework's session: one thread for each session id, even if many writers come first at once."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import ExternalIdTaken, IdTaken, ThreadNotFound

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from ..inputs import MessageInput
    from ..records import MessageRecord, ThreadRecord
    from .stores import Store

T = TypeVar("T")
_LONGEST = 256


def external_id_of(*names: str) -> str:
    """The external id of a session: its name, or several names with slashes between them.

    A text that is no external id (too long, empty, half a character) becomes its SHA-256.
    """
    joined = names[0] if len(names) == 1 else "/".join(one.replace("%", "%25").replace("/", "%2F") for one in names)
    raw = joined.encode("utf-8", "surrogatepass")
    if not joined or len(joined) > _LONGEST or raw.decode("utf-8", "replace") != joined:
        return f"sha256:{hashlib.sha256(raw).hexdigest()}"
    return joined


def storable_name(name: str) -> str:
    """A name for metadata. One with half a character becomes its JSON, which has escapes."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return json.dumps(name)
    return name


def _state_of(meta_data: dict[str, Any]) -> object:
    """The framework whose state a thread holds. None for a conversation."""
    return meta_data.get("framework") if meta_data.get("kind") == "log" else None


class SessionThread:
    """The thread of one session. The first write creates it; a read of a session that was never written creates nothing."""

    def __init__(
        self,
        store: Store,
        external_id: str,
        *,
        user_id: str | None = None,
        meta_data: dict[str, Any] | None = None,
        thread_id: str | None = None,
        beside: SessionThread | None = None,
    ) -> None:
        """`user_id` and `meta_data` are for a new thread. With `thread_id`, the session is that thread, which must exist.

        Without `user_id`, a new thread has the owner and the participants of the thread `beside`. So the erasure of a
        participant finds it.
        """
        self._store = store
        self._external_id = external_id
        self._user_id = user_id
        self._meta_data = {} if meta_data is None else meta_data
        self._beside = beside
        self._is_fixed = thread_id is not None
        self._id = thread_id

    @property
    def is_found(self) -> bool:
        """Whether the last call found a thread or created one."""
        return self._id is not None

    async def find(self) -> str | None:
        """The id of the thread, or None if the session was never written."""
        if self._id is None:
            await self.record()
        return self._id

    async def record(self) -> ThreadRecord | None:
        """The thread as it is now, or None if there is none.

        A writer that expects its `last_seq` reads it before the messages: the newest message may have been cut or deleted.
        """
        if self._id is not None:
            return await self.reading(self._store.thread_service.get_thread, None)
        try:
            thread = await self._store.thread_service.get_thread_by_external_id(self._external_id)
        except ThreadNotFound:
            return None
        self._id = self._checked(thread).id
        return thread

    async def ensure(self) -> str:
        """The id of the thread. The thread is created if there is none.

        Raises `ExternalIdTaken` if the external id names the state of a framework, and this thread is a conversation.
        """
        if self._id is None:
            participants, owner_id = await self._participants()
            thread = await self._store.thread_service.ensure_thread(
                self._external_id, participants, self._meta_data, owner_id=owner_id
            )
            self._id = self._checked(thread).id
        return self._id

    async def _participants(self) -> tuple[list[str], str | None]:
        """The participants and the owner of a new thread."""
        if self._user_id is not None:
            return [self._user_id], None
        thread = None if self._beside is None else await self._beside.record()
        return ([], None) if thread is None else (thread.participant_ids, thread.owner_id)

    def _checked(self, thread: ThreadRecord) -> ThreadRecord:
        """The thread. Raises `ExternalIdTaken` if it is of another kind: `langgraph/x` is the state of the graph thread `x`."""
        if _state_of(thread.meta_data) != _state_of(self._meta_data):
            raise ExternalIdTaken(self._external_id)
        return thread

    async def append(self, messages: Sequence[MessageInput]) -> list[MessageRecord]:
        """Append messages at once: all of them become visible, or none. Creates the thread if there is none."""

        async def create(thread_id: str) -> list[MessageRecord]:
            return await self._store.message_service.create_messages(thread_id, messages)

        return await self.writing(create)

    async def append_new(self, messages: Sequence[MessageInput]) -> list[MessageRecord]:
        """Append the messages whose `client_id` is not stored yet, and the messages without a `client_id`."""
        try:
            return await self.append(messages)
        except IdTaken:  # some are stored already, and others came between
            unknown = [message for message in messages if not await self._has(message.get("client_id"))]
            return await self.append(unknown) if unknown else []

    async def _has(self, client_id: str | None) -> bool:
        if client_id is None:
            return False

        async def read(thread_id: str) -> bool:
            return bool(await self._store.message_service.list_messages(thread_id, 1, client_id=client_id))

        return await self.reading(read, default=False)

    async def writing(self, write: Callable[[str], Awaitable[T]]) -> T:
        """The result of a write to the thread. If the thread was deleted meanwhile, a new one takes the write."""
        thread_id = await self.ensure()
        try:
            return await write(thread_id)
        except ThreadNotFound:
            if self._is_fixed:
                raise
            self._id = None
            return await write(await self.ensure())

    async def reading(self, read: Callable[[str], Awaitable[T]], default: T) -> T:
        """The result of a read of the thread, or `default` if there is no thread."""
        thread_id = await self.find()
        if thread_id is None:
            return default
        try:
            return await read(thread_id)
        except ThreadNotFound:
            if self._is_fixed:
                raise
            self._id = None
        thread_id = await self.find()
        return default if thread_id is None else await read(thread_id)

    async def records(self) -> list[MessageRecord]:
        """All messages of the thread, oldest first. Empty if there is no thread."""

        async def read(thread_id: str) -> list[MessageRecord]:
            return await self._store.message_service.list_messages(thread_id)

        return await self.reading(read, [])

    async def delete(self) -> None:
        """Delete the thread with all its messages. Nothing happens if there is none."""

        async def remove(thread_id: str) -> None:
            await self._store.thread_service.delete_thread(thread_id)

        await self.reading(remove, None)
        if not self._is_fixed:
            self._id = None
