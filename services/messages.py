"""Append, change and delete messages; reading them is next door."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from typing_extensions import TypeVar

from ..errors import IdTaken, MessageNotFound, PreconditionFailed
from ..ids import new_ordered_id
from ..inputs import MessageChanges, NewMessage
from ..inputs.message import M, NewMessages
from ..records import Deleted
from ..records.message import PROJECTION
from .appends.batches import unmark
from .appends.drafts import DraftWriter
from .appends.rows import message_rows, sender
from .deletion.placeholders import REAL_MESSAGE
from .deletion.tombstones import claim, delete_rows, is_deleted
from .driver_errors import translates_driver_errors
from .idempotency.applied import is_changed
from .idempotency.retries import find_written
from .message_changes import update_of
from .message_queries import MessageQueries, R
from .service import validate_input, without_none

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..documents import MessageRow
    from .idempotency.retries import KeylessRetry


W = TypeVar("W", bound=dict[str, Any])


class MessageService(MessageQueries[R]):
    """The verbs of messages. All that name a thread or a message raise `ThreadNotFound` or `MessageNotFound`."""

    def rendered_by(self, word: Callable[[MessageRow], W]) -> MessageService[W]:
        """The same service giving messages in other words than `MessageRecord`, made straight from what is stored."""
        service = cast("MessageService[W]", MessageService(self._runtime, self._caller))
        service._render = word  # noqa: SLF001 - its own class
        return service

    async def create_message(
        self,
        thread_id: str,
        content: str | list[dict[str, Any]] = "",
        role: str = "user",
        *,
        sender_id: str | None = None,
        assistant_id: str | None = None,
        run_id: str | None = None,
        tool_id: str | None = None,
        tool_call_id: str | None = None,
        tool_calls: list[dict[str, Any]] | None = None,
        attachments: list[dict[str, Any]] | None = None,
        status: str | None = None,
        incomplete_details: dict[str, Any] | None = None,
        meta_data: dict[str, Any] | None = None,
        client_id: str | None = None,
        expected_seq: int | None = None,
    ) -> R:
        """Append one message and return it with its number, `seq`.

        Once this returns the message is durable. `client_id` makes it safe to request_ids: the same key in the same thread gives
        the first message again. With `expected_seq`, the number of the newest message the caller knows, it is written only
        if nobody wrote in between, else `PreconditionFailed` is raised.

        A user's message is from `sender_id`; an assistant's or a tool's is complete at once, and from `assistant` or `tool`
        where nobody is named.
        """
        said = without_none(
            content=content,
            role=role,
            sender_id=sender_id,
            assistant_id=assistant_id,
            run_id=run_id,
            tool_id=tool_id,
            tool_call_id=tool_call_id,
            tool_calls=tool_calls,
            attachments=attachments,
            status=status,
            incomplete_details=incomplete_details,
            meta_data=meta_data,
            client_id=client_id,
        )
        new = validate_input(NewMessage, said, self._runtime.limits)
        return (await self.append(thread_id, [new], expected_seq=expected_seq))[0]

    async def create_messages(
        self, thread_id: str, messages: Sequence[dict[str, Any]], *, expected_seq: int | None = None
    ) -> list[R]:
        """Append up to 1,000 messages in this order: all become visible together, with consecutive numbers, or none.

        Each is a dict of what `create_message` takes.
        """
        batch = validate_input(NewMessages, {"messages": list(messages)}, self._runtime.limits)
        return await self.append(thread_id, batch.messages, expected_seq=expected_seq)

    @translates_driver_errors
    async def append(
        self,
        thread_id: str,
        messages: list[M],
        *,
        expected_seq: int | None = None,
        prefix: str = "message",
        keyless_retry: KeylessRetry | None = None,
        message_id: str | None = None,
    ) -> list[R]:
        """`create_messages` for input that is validated already; what an earlier try of the same stored is given again.

        With `message_id`, the only message gets this id. Empties `messages`: once they are rows, nothing needs them any more,
        and those of a hundred requests would wait for MongoDB in memory.
        """
        participant_ids = await self._participants_for_writing(thread_id, messages)
        rows = message_rows(thread_id, messages, self._caller, participant_ids, prefix=prefix)
        if request_ids := self._caller.request_ids:
            for index, row in enumerate(rows):
                row["_id"] = request_ids.ordered_id_of(messages[index].id_prefix_or(prefix), index)
            if request_ids.is_retry:
                await self._refuse_deleted([row["_id"] for row in rows])
        elif message_id is not None:
            rows[0]["_id"] = message_id
        elif keyless_retry and (written := await find_written(self._runtime, rows, keyless_retry)):
            return [self._render(row) for row in written]
        messages.clear()
        stored = await self._runtime.appender.append(thread_id, rows, expected_seq=expected_seq)
        return [self._render(row) for row in stored]

    @translates_driver_errors
    async def append_chunk(self, thread_id: str, message: NewMessage, *, is_last: bool) -> R | None:
        """Collect the chunks of a message; the last one stores all of them as one message and returns it.

        Chunks belong together by thread, role, sender and assistant. They survive restarts, for a day.
        """
        thread = await self._living_thread(thread_id)
        self._require("write messages to this thread", thread)
        sender(self._caller, message.role, message.sender_id, thread["participant_ids"])
        draft, request_ids = DraftWriter(self._runtime, thread_id, message), self._caller.request_ids
        if not is_last:
            await draft.add(request_ids.id_of("chunk") if request_ids else None)
            return None
        message_id = request_ids.ordered_id_of("message", 0) if request_ids else new_ordered_id("message")
        whole = await draft.close(message_id)
        stored = await self.append(thread_id, [whole], message_id=message_id)
        await draft.drop(message_id)
        return stored[0]

    async def submit_tool_output(
        self,
        thread_id: str,
        content: str,
        *,
        tool_call_id: str | None = None,
        tool_id: str | None = None,
        assistant_id: str | None = None,
        sender_id: str | None = None,
        attachments: list[dict[str, Any]] | None = None,
        meta_data: dict[str, Any] | None = None,
        client_id: str | None = None,
    ) -> R:
        """Append the answer of a tool: a message of role `tool`."""
        return await self.create_message(
            thread_id,
            content,
            "tool",
            tool_call_id=tool_call_id,
            tool_id=tool_id,
            assistant_id=assistant_id,
            sender_id=sender_id,
            attachments=attachments,
            meta_data=meta_data,
            client_id=client_id,
        )

    async def update_message(
        self,
        message_id: str,
        *,
        content: str | list[dict[str, Any]] | None = None,
        meta_data: dict[str, Any] | None = None,
        status: str | None = None,
        role: str | None = None,
        tool_call_id: str | None = None,
        expected_revision: int | None = None,
    ) -> R:
        """Change a message in its place; `meta_data` is replaced, what is None stays.

        Raises `PreconditionFailed` if `expected_revision` is given and the message has another by now.
        """
        said = without_none(content=content, meta_data=meta_data, status=status, role=role, tool_call_id=tool_call_id)
        changes = validate_input(MessageChanges, said, self._runtime.limits)
        return await self.update(message_id, changes, expected_revision=expected_revision)

    @translates_driver_errors
    async def update(
        self,
        message_id: str,
        changes: MessageChanges,
        *,
        thread_id: str | None = None,
        expected_revision: int | None = None,
    ) -> R:
        """`update_message` for changes that are validated already."""
        row, thread = await self._readable(message_id, thread_id)
        self._require("change this message", thread, row)
        if changes.role is not None:
            sender(self._caller, changes.role, row["sender_id"], thread["participant_ids"])
        update = update_of(changes, row)
        if (
            self._is_retry
            and expected_revision in (None, row["revision"], row["revision"] - 1)
            and is_changed(row, update)
        ):
            return self._render(row)
        unchanged: dict[str, Any] = {"_id": message_id, "thread_id": row["thread_id"], **REAL_MESSAGE}
        if expected_revision is not None:
            unchanged["revision"] = expected_revision
        updated = await self._documents.messages.find_one_and_update(
            unchanged, update, PROJECTION, return_document=True
        )
        if updated is None:
            await self._readable(message_id, thread_id)
            raise PreconditionFailed(f"Message {message_id!r}")
        return self._render(updated)

    @translates_driver_errors
    async def delete_message(
        self, message_id: str, *, thread_id: str | None = None, expected_revision: int | None = None
    ) -> Deleted:
        """Delete one message; its number is never given again, and cursors that name it keep working for thirty days.

        Raises `PreconditionFailed` if `expected_revision` is given and the message has another by now.
        """
        if self._is_retry and await is_deleted(self._documents, message_id, thread_id):
            return Deleted.of("thread.message", message_id)
        row, thread = await self._readable(message_id, thread_id)
        self._require("change this message", thread, row)
        if expected_revision is not None and not await claim(self._documents, row, expected_revision):
            raise PreconditionFailed(f"Message {message_id!r}")
        if "batch" in row:  # the others of its batch are visible through its last row, which this may be
            await unmark(self._documents, row["thread_id"], row["batch"])
        if not await delete_rows(self._documents, [row]):
            raise MessageNotFound(message_id)
        return Deleted.of("thread.message", message_id)

    async def _refuse_deleted(self, message_ids: list[str]) -> None:
        """What was written and deleted since does not come back because its request is sent again."""
        deleted: Any = {"_id": {"$in": message_ids}, "created_at": {"$exists": True}}
        found = await self._documents.deleted_messages.find_one(deleted, {"_id": 1})
        if found is not None:
            raise IdTaken(found["_id"])

    async def _participants_for_writing(self, thread_id: str, messages: Sequence[NewMessage]) -> list[str]:
        """Check the right to write; trusted callers skip the look at the thread unless a sender must be found in it."""
        if self._caller.user_id is None and all(new.role != "user" or new.sender_id is not None for new in messages):
            return []
        thread = await self._living_thread(thread_id)
        self._require("write messages to this thread", thread)
        return thread["participant_ids"]
