"""Operations that change several parts of a thread in one step: turns, pops, and cuts of its newest messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from typing_extensions import TypeVar

from ...errors import IdTaken, MessageNotFound, ThreadNotFound
from ...records import MESSAGE_PROJECTION, MessageRecord, ThreadRecord
from ..appends import find_answered, find_stored, message_rows
from ..audit_trail import add_audit_entry
from ..commits import Commit, Committed, Committer, EarlierCut, earlier_cut, finish, refresh_preview
from ..database import twice
from ..deletion import is_placeholder, own_range
from ..paging import PageSize
from ..repeats import repeats_change
from ..thread_changes import changed_fields
from ..validation import is_id
from .message_queries import MessageQueries

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...documents import MessageRow, ThreadRow
    from ...inputs import NewMessage, NewTurn
    from ..caller import RequestIds

R = TypeVar("R", bound=dict[str, Any], default=MessageRecord)
_PREFIX = "message"


class CommitOperations(MessageQueries[R]):
    """Each operation becomes visible at once, by one update of the thread (decision 75)."""

    @repeats_change
    async def commit(
        self,
        thread_id: str,
        turn: NewTurn,
        *,
        expected_revision: int | None = None,
        expected_seq: int | None = None,
    ) -> tuple[ThreadRecord, list[R]]:
        """Append messages, change the thread, and with `after_seq` remove the messages behind it: all together, or nothing.

        Returns the thread after it, and the new messages.
        """
        request_ids = cast("RequestIds", self._caller.request_ids)
        if self._is_answered:
            thread = ThreadRecord.of(await self._readable_thread(thread_id))
            return thread, await self._answered_messages(thread_id, turn.messages, _PREFIX)
        participant_ids = await self._participants_for_writing(thread_id, turn.messages)
        rows = message_rows(thread_id, turn.messages, self._caller, participant_ids, prefix=_PREFIX)
        for index, row in enumerate(rows):
            row["_id"] = request_ids.ordered_id_of(turn.messages[index].id_prefix_or(_PREFIX), index)
        if self._is_retry and (earlier := await self._earlier_commit(thread_id, rows, turn)) is not None:
            return earlier

        async def fields_of(thread: ThreadRow) -> dict[str, Any]:
            if turn.messages:
                self._require("write messages to this thread", thread)
            if turn.after_seq is not None or turn.changes_fields:
                self._require("change this thread", thread)
            return changed_fields(thread, turn, self._runtime.limits)

        commit = Commit(
            thread_id,
            request_ids.id_of("cut"),
            rows,
            fields_of,
            cut_after=turn.after_seq,
            expected_revision=expected_revision,
            expected_seq=expected_seq,
        )
        made = await self._make(commit)
        if made.is_earlier:  # by `client_id`
            return ThreadRecord.of(await self._living_thread(thread_id)), [self._render(row) for row in made.rows]
        return ThreadRecord.of(made.thread), [self._render(row) for row in made.rows]

    @repeats_change
    async def pop(
        self, thread_id: str, *, expected_revision: int | None = None, expected_seq: int | None = None
    ) -> R | None:
        """Remove the newest message and return it. Returns None if the thread has no message."""
        cut_id = cast("RequestIds", self._caller.request_ids).id_of("cut")
        if self._is_answered or self._is_retry:
            thread = await self._readable_thread(thread_id)
            made = await earlier_cut(self._documents, thread, cut_id)
            if made:
                await add_audit_entry(self._runtime, self._caller, "thread.cut", thread_id)
                return self._render(await self._popped(thread_id, made, cut_id))
            if self._is_answered:
                return None

        async def check(thread: ThreadRow) -> dict[str, Any]:
            self._require("read this thread", thread)
            return {}

        commit = Commit(
            thread_id,
            cut_id,
            fields_of=check,
            pops=True,
            may_pop=lambda thread, row: self._require("change this message", thread, row),
            expected_revision=expected_revision,
            expected_seq=expected_seq,
        )
        popped = (await self._make(commit)).popped
        return None if popped is None else self._render(popped)

    async def _make(self, commit: Commit) -> Committed:
        """Make a commit in the lane of its thread, and start the work that follows it."""
        if not is_id(commit.thread_id):
            raise ThreadNotFound(commit.thread_id)
        runtime, made = self._runtime, list[Committed]()
        size = PageSize(runtime.tuning.page_bytes, runtime.limits.max_page_elements)
        committer = Committer(self._documents, runtime.appender.sequencer, runtime.tuning, size, commit)

        async def work() -> int:
            made.append(await committer.run())
            return made[0].thread["last_seq"]

        await runtime.appender.run_alone(commit.thread_id, work)
        if made[0].cut is not None:
            await add_audit_entry(runtime, self._caller, "thread.cut", commit.thread_id)
        if made[0].popped is not None:
            runtime.pop_work.add(made[0], size)
        elif made[0].waits_for_keys:
            await finish(self._documents, runtime.tuning, made[0], size)
        elif made[0].cut is not None or made[0].mark is not None:
            finished = finish(self._documents, runtime.tuning, made[0], size)
            runtime.background.start(finished, f"finish a commit of {commit.thread_id}")
        return made[0]

    async def _refresh_preview(self, thread_id: str) -> None:
        """Find the preview of the thread again, after its message was changed or deleted."""
        size = PageSize(self._runtime.tuning.page_bytes, self._runtime.limits.max_page_elements)
        await refresh_preview(self._documents, thread_id, size)

    async def _earlier_commit(
        self, thread_id: str, rows: list[MessageRow], turn: NewTurn
    ) -> tuple[ThreadRecord, list[R]] | None:
        """The thread and the messages that an earlier try of the same request committed, or None."""
        thread = await self._readable_thread(thread_id)
        cut_id = cast("RequestIds", self._caller.request_ids).id_of("cut")
        was_cut = turn.after_seq is not None and await earlier_cut(self._documents, thread, cut_id)
        if not rows and not was_cut:
            return None
        stored = await find_stored(self._documents, rows, self._runtime.tuning) if rows else []
        if stored is None and not was_cut:
            await self._refuse_deleted([row["_id"] for row in rows])
            return None
        if stored is None:
            ids = [row["_id"] for row in rows]
            stored = await find_answered(self._documents, thread_id, ids, [None] * len(ids), self._runtime.tuning)
        if was_cut:
            await add_audit_entry(self._runtime, self._caller, "thread.cut", thread_id)
        return ThreadRecord.of(await self._living_thread(thread_id)), [self._render(row) for row in stored]

    async def _popped(self, thread_id: str, earlier: EarlierCut, cut_id: str) -> MessageRow:
        """The message that an earlier try popped.

        Raises `IdTaken` if it was purged since, and `MessageNotFound` if its row is gone without a trace.
        """
        if earlier.open is not None:
            at = {"thread_id": thread_id, "seq": own_range(earlier.open)[0]}
            row = await self._documents.fast_messages.find_one(at, MESSAGE_PROJECTION)
            if row is not None and not is_placeholder(row):
                return row
        purged = await self._documents.deleted_messages.find_one({"thread_id": thread_id, "cut_id": cut_id}, {"_id": 1})
        if purged is None:
            raise MessageNotFound(thread_id)
        raise IdTaken(purged["_id"], deleted=True)

    async def _refuse_deleted(self, message_ids: list[str]) -> None:
        """Raise `IdTaken` if a message of the first try was deleted: a retry does not bring it back."""
        deleted: Any = {"_id": {"$in": message_ids}, "created_at": {"$exists": True}}
        found = await self._documents.deleted_messages.find_one(deleted, {"_id": 1})
        if found is not None:
            raise IdTaken(found["_id"], deleted=True)

    async def _answered_messages(self, thread_id: str, new: Sequence[NewMessage], prefix: str) -> list[R]:
        """The messages that an answered request appended, as they are now. Raises `IdTaken` if one was deleted since."""
        await self._readable_thread(thread_id)
        request_ids = cast("RequestIds", self._caller.request_ids)
        if not new:
            return []
        ids = [request_ids.ordered_id_of(message.id_prefix_or(prefix), index) for index, message in enumerate(new)]
        client_ids = [message.client_id for message in new]
        found = await find_answered(self._documents, thread_id, ids, client_ids, self._runtime.tuning)
        return [self._render(row) for row in found]

    async def _participants_for_writing(self, thread_id: str, messages: Sequence[NewMessage]) -> list[str]:
        """Check the right to write, and return the thread's participants.

        The thread is read only if the caller is a user, or if the only participant must be found as the sender.
        """
        if self._caller.user_id is None and all(new.role != "user" or new.sender_id is not None for new in messages):
            return []
        thread = await twice(lambda: self._living_thread(thread_id))
        self._require("write messages to this thread", thread)
        return thread["participant_ids"]
