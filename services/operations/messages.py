"""Operations that append, change and delete messages, for input that is validated already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import TypeVar

from ...errors import MessageNotFound, PreconditionFailed, ThreadNotFound
from ...ids import new_id, new_ordered_id
from ...inputs import MessageChunk
from ...records import MESSAGE_PROJECTION, Deleted
from ..appends import DraftWriter, message_rows, sender, unmark, with_text_calls
from ..audit_trail import add_audit_entry
from ..commits import hide_preview
from ..database import Tries, find_one_and_grow, translates_driver_errors, twice
from ..deletion import REAL_MESSAGE, claim_revision, delete_rows, is_message_deleted
from ..idempotency import find_written, is_applied
from ..message_changes import update_of
from ..repeats import repeats_change
from ..revisions import require_next_revision
from ..validation import is_id
from .anchors import require_room_for_pin, require_written, summary_message
from .commits import CommitOperations
from .message_queries import R

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ...documents import MessageRow, ThreadRow
    from ...inputs import ChunkQuery, MessageChanges, NewMessage, NewSummary
    from ..idempotency import KeylessRetry
    from ..message_changes import MessageUpdate

W = TypeVar("W", bound=dict[str, Any])
_PREVIEWED = frozenset({"role", "content", "item"})
"""The fields of a message from which a preview follows."""


class MessageOperations(CommitOperations[R]):
    """Append, read, change and delete messages, with the rights of one caller.

    Every operation that names a thread or a message raises `ThreadNotFound` or `MessageNotFound` if it does not exist.
    """

    def rendered_by(self, render: Callable[[MessageRow], W]) -> MessageOperations[W]:
        """The same operations, whose results are rendered from stored rows by `render`."""
        return MessageOperations(self._runtime, self._caller, render)

    @translates_driver_errors
    async def append(
        self,
        thread_id: str,
        messages: Iterable[NewMessage],
        *,
        expected_seq: int | None = None,
        prefix: str = "message",
        keyless_retry: KeylessRetry | None = None,
        message_id: str | None = None,
    ) -> list[R]:
        """Append messages in this order: all become visible together, with consecutive numbers, or none.

        A retry of the same request returns the messages that the first try stored. `message_id` is the id of the only
        message.

        `messages` is read once and not kept: while a request waits for MongoDB, only its rows stay in memory.
        """
        if not is_id(thread_id):
            raise ThreadNotFound(thread_id)
        new = list(messages)
        if self._is_answered:
            return await self._answered_messages(thread_id, new, prefix)
        participant_ids = await self._participants_for_writing(thread_id, new)
        rows = message_rows(thread_id, new, self._caller, participant_ids, prefix=prefix)
        request_ids = self._caller.request_ids
        derived = (
            [request_ids.ordered_id_of(one.id_prefix_or(prefix), at) for at, one in enumerate(new)]
            if request_ids
            else []
        )
        del new
        if request_ids:
            for row, derived_id in zip(rows, derived, strict=True):
                row["_id"] = derived_id
            if request_ids.is_retry:
                await self._refuse_deleted([row["_id"] for row in rows])
        elif message_id is not None:
            rows[0]["_id"] = message_id
        elif keyless_retry and (written := await self._find_written(rows, keyless_retry)):
            return [self._render(row) for row in written]
        stored = await self._runtime.appender.append(thread_id, rows, expected_seq=expected_seq)
        return [self._render(row) for row in stored]

    async def add_summary(self, thread_id: str, new: NewSummary, *, expected_seq: int | None = None) -> R:
        """Append a summary, in whose place windows show it. The messages that it covers stay as they are."""
        message = summary_message(new, self._runtime.limits)
        if not self._is_answered:
            await self._require_may_summarize(thread_id, new.upto_seq)
        return (await self.append(thread_id, [message], expected_seq=expected_seq, prefix="summary"))[0]

    @translates_driver_errors
    async def _require_may_summarize(self, thread_id: str, upto_seq: int) -> None:
        thread = await twice(lambda: self._living_thread(thread_id))
        self._require("change this thread", thread)
        await require_written(self._documents, thread, upto_seq)

    @translates_driver_errors
    async def append_chunk(self, thread_id: str, message: NewMessage, *, is_last: bool) -> R | None:
        """Add a chunk to a draft. The last chunk stores all chunks as one message and returns it."""
        if self._is_answered:
            return (await self._answered_messages(thread_id, [message], "message"))[0] if is_last else None
        draft = await self._draft(thread_id, message)
        request_ids = self._caller.request_ids
        if not is_last:
            chunk_id = request_ids.id_of("chunk") if request_ids else new_id("chunk")
            await twice(lambda: draft.add(chunk_id))
            return None
        message_id = request_ids.ordered_id_of("message", 0) if request_ids else new_ordered_id("message")
        whole = await draft.close(message_id)
        stored = await self.append(thread_id, [with_text_calls(whole)], message_id=message_id)
        await draft.drop(message_id)
        return stored[0]

    @repeats_change
    async def abort_chunks(self, thread_id: str, query: ChunkQuery) -> Deleted:
        """Remove the chunks of an unfinished message, if there are any."""
        if not self._is_answered:
            named = MessageChunk.model_construct(**query.model_dump())
            await (await self._draft(thread_id, named)).abort()
        return Deleted.of("thread.chunks", thread_id)

    async def _draft(self, thread_id: str, message: NewMessage) -> DraftWriter:
        """The draft of an unfinished message, if the caller may write it."""
        thread = await twice(lambda: self._living_thread(thread_id))
        self._require("write messages to this thread", thread)
        sender(self._caller, message.role, message.sender_id, thread["participant_ids"])
        runtime = self._runtime
        return DraftWriter(self._documents, runtime.limits, runtime.tuning, thread_id, message, caller=self._caller)

    @repeats_change
    async def update(
        self,
        message_id: str,
        changes: MessageChanges,
        *,
        thread_id: str | None = None,
        expected_revision: int | None = None,
    ) -> R:
        """Change a message; with `thread_id`, only if it belongs to that thread."""
        if self._is_answered:
            return await self.get(message_id, thread_id=thread_id)
        tries = Tries()
        while True:
            tries.begin()
            row, thread = await self._readable(message_id, thread_id)
            self._require("change this message", thread, row)
            if changes.role is not None:
                sender(self._caller, changes.role, row["sender_id"], thread["participant_ids"])
            if changes.pinned:
                await require_room_for_pin(self._documents, row)
            update = update_of(changes, row)
            changes_preview = not update.fields.keys().isdisjoint(_PREVIEWED)
            if changes_preview and _is_shown(thread, row):
                await hide_preview(self._documents, thread["_id"], row["_id"])
            updated = await self._change(row, update, expected_revision)
            if changes_preview:
                await self._show_preview(thread, row)
            if updated is not None:
                return self._render(updated)

    async def _show_preview(self, thread: ThreadRow, row: MessageRow) -> None:
        """Find the preview of the thread again if the changed message may be in it.

        This is so if the message is not older than the message in the preview, or if the preview shows it by now.
        """
        shown = (thread.get("last_message") or {}).get("seq")
        is_newest = not isinstance(shown, int) or row["seq"] >= shown
        if is_newest or await hide_preview(self._documents, thread["_id"], row["_id"]):
            await self._refresh_preview(thread["_id"])

    async def _change(self, row: MessageRow, update: MessageUpdate, expected_revision: int | None) -> MessageRow | None:
        """Write the update, and return the row after it.

        Returns None if the message has changed since it was read or is gone: the change may be tried again.
        """
        own_revision = expected_revision in (None, row["revision"], row["revision"] - 1)
        if self._is_retry and own_revision and is_applied(row, update.operators):
            return row
        require_next_revision(row, "message")
        unchanged: dict[str, Any] = {"_id": row["_id"], "thread_id": row["thread_id"], **REAL_MESSAGE}
        if expected_revision is not None or update.needs_revision:
            unchanged["revision"] = row["revision"] if expected_revision is None else expected_revision
        updated = await find_one_and_grow(
            self._documents.messages,
            unchanged,
            update.operators,
            row=row,
            field="message",
            projection=MESSAGE_PROJECTION,
        )
        if updated is None and expected_revision is not None:
            await self._readable(row["_id"], row["thread_id"])
            raise PreconditionFailed(f"Message {row['_id']!r}")
        return updated

    @repeats_change
    async def delete(
        self, message_id: str, *, thread_id: str | None = None, expected_revision: int | None = None
    ) -> Deleted:
        """Delete one message. Its number is never given to another message."""
        if self._is_answered:
            return Deleted.of("thread.message", message_id)
        if self._is_retry and await is_message_deleted(self._documents, message_id, thread_id):
            await add_audit_entry(self._runtime, self._caller, "message.deleted", message_id)
            return Deleted.of("thread.message", message_id)
        row, thread = await self._readable(message_id, thread_id)
        self._require("change this message", thread, row)
        if expected_revision is not None and not await claim_revision(self._documents, row, expected_revision):
            raise PreconditionFailed(f"Message {message_id!r}")
        if "batch" in row:  # the other messages of the batch are visible through its last row, which this one may be
            await unmark(self._documents, row["thread_id"], row["batch"])
        if not await delete_rows(self._documents, [row]):
            raise MessageNotFound(message_id)
        if _is_shown(thread, row):
            await self._refresh_preview(row["thread_id"])
        await add_audit_entry(self._runtime, self._caller, "message.deleted", message_id)
        return Deleted.of("thread.message", message_id)

    async def _find_written(self, rows: list[MessageRow], retry: KeylessRetry) -> list[MessageRow] | None:
        """The rows that an earlier try of the same request stored, once the appends under way are finished."""
        await self._runtime.appender.settle(rows[0]["thread_id"])
        return await find_written(self._documents, self._runtime.replayed_answers, rows, retry)


def _is_shown(thread: ThreadRow, row: MessageRow) -> bool:
    """Whether the thread shows a preview of this message."""
    return (thread.get("last_message") or {}).get("id") == row["_id"]
