"""Makes a commit: one update of the thread makes its messages visible, cuts others, and changes the thread (decision 75).

1. The new messages are inserted behind the newest one. Their rows carry the id of the commit as a mark, so no reader shows them.
2. One update of the thread adds the mark to `commits`, adds the cut to `cuts`, and sets the changed fields. Its filter has the
   revision and the newest number from before. If another writer wrote in between, nothing is committed: the rows are withdrawn.
3. Afterwards the rows lose their marks, and the cut messages get theirs (`cleaning.py`).

This needs no transaction. If a process is killed before step 2, the sweeper or a retry withdraws the rows.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo.errors import BulkWriteError

from ...clock import now
from ...documents import NEWEST
from ...errors import NoNumberLeft, PreconditionFailed, ThreadNotFound
from ...ids import new_id
from ..appends import (
    are_free,
    assign_next_ids,
    drop_taken_item_ids,
    find_known,
    newest_preview_of,
    number_rows,
    release_cut_keys,
    stored_preview,
    taken_entry,
    withdraw_commit,
    withdraw_unfinished,
)
from ..database import Tries, find_one_and_grow, first_refusal
from ..deletion import COMMIT, ranges_of, stored_cuts, uncovered
from ..revisions import require_next_revision
from ..thread_changes import set_or_remove
from .commit import Commit, Committed
from .cut_counts import count_in
from .cut_ranges import hidden_around
from .newest import Newest, read_newest
from .previews import find_preview
from .purging import purge_oldest

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow, ThreadRow
    from ..appends import Sequencer
    from ..database import TakenKey
    from ..deletion import Cut
    from ..paging import PageSize
    from ..tuning import Tuning


class Committer:
    """Makes one commit. It runs alone in the lane of its thread."""

    def __init__(
        self, documents: Documents, sequencer: Sequencer, tuning: Tuning, size: PageSize, commit: Commit
    ) -> None:
        self._documents = documents
        self._sequencer = sequencer
        self._size = size
        self._tuning = tuning
        self._commit = commit
        self._waits_for_keys = False
        self._newest = Newest()

    async def run(self) -> Committed:
        """Make the commit, and try again while others write to the thread.

        Raises `PreconditionFailed` if the thread does not have the expected revision or number. Raises `IdTaken` if another
        message has the `client_id` or the id of a new message.
        """
        tries = Tries()
        while True:
            tries.begin()
            committed = await self._try()
            if committed is not None:
                return committed

    async def _try(self) -> Committed | None:
        """One try. Returns None if another writer wrote in between, or if something had to be made ready first."""
        commit, documents = self._commit, self._documents
        thread = await documents.fast_threads.find_one({"_id": commit.thread_id, "deleted_at": None})
        if thread is None:
            raise ThreadNotFound(commit.thread_id)
        fields = await commit.fields_of(thread) if commit.fields_of else {}
        if not await self._is_as_expected(thread):
            return None
        most_cuts = self._tuning.most_cuts
        if len(stored_cuts(thread)) >= most_cuts:
            await purge_oldest(documents, thread, keep=most_cuts // 2)
            return None
        self._newest = await read_newest(documents, thread, self._size, commit)
        popped = self._popped(thread) if commit.pops else None
        if commit.pops and popped is None:
            return Committed(thread, [])
        if await self._has_newer(thread):
            await self._sequencer.catch_up(commit.thread_id)
            return None
        cut = await self._cut(thread, popped)
        mark = None
        if commit.rows:
            mark = new_id(COMMIT)
            earlier = await self._insert(thread, mark, cut)
            if earlier is not None:
                return earlier[0]
        if (preview := await self._preview(thread, cut)) is not None:
            fields = {**fields, "last_message": preview}
        return await self._write(thread, fields, cut, mark, popped)

    async def _preview(self, thread: ThreadRow, cut: Cut | None) -> dict[str, Any] | None:
        """The preview of the thread after the commit, as it is stored. None if it stays as it is."""
        rows = self._commit.rows
        up_to = rows[-1]["seq"] if rows else thread["last_seq"]
        preview = newest_preview_of(rows)
        if preview is not None or cut is None:
            return None if preview is None else stored_preview(preview, up_to)
        shown = thread.get("last_message") or {}
        if isinstance(shown.get("seq"), int) and shown["seq"] < cut["first"]:
            return {**shown, "up_to": up_to}
        preview = newest_preview_of(reversed(self._newest.below(cut["first"] - 1)))
        if preview is None:
            preview = await find_preview(self._documents, thread, self._size, cut["first"] - 1)
        return stored_preview(preview, up_to)

    async def _is_as_expected(self, thread: ThreadRow) -> bool:
        """Whether the thread has the expected revision and number. False if its summary lagged: it must be read again."""
        commit = self._commit
        if commit.expected_revision not in (None, thread["revision"]):
            raise PreconditionFailed(f"Thread {thread['_id']!r}")
        if commit.expected_seq not in (None, thread["last_seq"]):
            if await self._sequencer.catch_up(thread["_id"]) == thread["last_seq"]:
                raise PreconditionFailed(f"Thread {thread['_id']!r}")
            return False
        return True

    def _popped(self, thread: ThreadRow) -> MessageRow | None:
        """The newest message. None if there is none. Raises an error if the caller may not pop it."""
        newest = next(iter(self._newest.rows), None)
        if newest is not None and self._commit.may_pop:
            self._commit.may_pop(thread, newest)
        return newest

    async def _has_newer(self, thread: ThreadRow) -> bool:
        """Whether the thread has rows that its summary does not cover. If rows are inserted, the insert finds that out."""
        if self._newest.rows or self._commit.rows or self._commit.cut_after is None:
            return bool(self._newest.rows) and self._newest.rows[0]["seq"] > thread["last_seq"]
        newer = {"thread_id": thread["_id"], "seq": {"$gt": thread["last_seq"], "$lte": NEWEST}}
        return await self._documents.messages.find_one(newer, {"_id": 1}) is not None

    async def _cut(self, thread: ThreadRow, popped: MessageRow | None) -> Cut | None:
        commit = self._commit
        if popped is not None:
            seq = popped["seq"]
            first, last = await hidden_around(self._documents, thread, seq, self._newest.next_to(seq))
            return {"id": commit.cut_id, "first": first, "last": last, "count": 1, "at": now(), "popped": seq}
        if commit.cut_after is None or commit.cut_after >= thread["last_seq"]:
            return None
        shown = uncovered(commit.cut_after, thread["last_seq"], ranges_of(thread))
        if not shown:
            return None
        first, last = shown[0][0] + 1, thread["last_seq"]
        count = self._newest.count_above(first - 1)
        if count is None:
            count = await count_in(self._documents, thread, first, last)
        return {"id": commit.cut_id, "first": first, "last": last, "count": count, "at": now()} if count else None

    async def _insert(self, thread: ThreadRow, mark: str, cut: Cut | None) -> tuple[Committed | None] | None:
        """Insert the marked rows. Returns None if that succeeded. Else returns the messages of an earlier try, or (None,)."""
        rows = self._commit.rows
        if NEWEST - 1 - thread["last_seq"] < len(rows):
            raise NoNumberLeft(f"The number of the newest message of thread {thread['_id']!r}")
        number_rows(rows, thread["last_seq"])
        try:
            await self._documents.message_writes.insert_many(await self._marked(rows, mark, cut))
        except BulkWriteError as error:
            inserted, fault = first_refusal(error)
            if inserted:
                await withdraw_commit(self._documents, thread["_id"], mark)
                assign_next_ids(rows, {row["_id"] for row in rows[:inserted]})
            if isinstance(fault, Exception):
                raise fault from error
            return (await self._resolve(thread, fault),)
        return None

    async def _resolve(self, thread: ThreadRow, key: TakenKey) -> Committed | None:
        """Resolve a key that another row has. Returns the messages of an earlier try, or None if the rows may be tried again."""
        rows, documents = self._commit.rows, self._documents
        known = await find_known(documents, rows, self._tuning)
        stored = [row for row in known if row is not None]
        if len(stored) == len(rows):
            return Committed(thread, stored, is_earlier=True)
        newest = await self._sequencer.catch_up(thread["_id"])
        if not stored and ("seq" in key or (not key and newest > thread["last_seq"])):
            return None
        if await release_cut_keys(documents, rows) or await drop_taken_item_ids(documents, rows):
            return None
        if await withdraw_unfinished(documents, rows, timedelta(seconds=self._tuning.write_may_run_seconds)):
            return None
        if await are_free(documents, rows):
            return None
        raise taken_entry(rows, known, key)

    async def _marked(self, rows: list[MessageRow], mark: str, cut: Cut | None) -> list[MessageRow]:
        """The rows as they are inserted. If a message that this commit cuts has a key of a row, the row waits for the key."""
        marked: list[MessageRow] = [{**row, "batch": {"id": mark, "end": 0}} for row in rows]
        if cut is None:
            return marked
        taken = set[tuple[str, str]]()
        for name in ("client_id", "item_id"):
            keys = [row[name] for row in rows if name in row]
            where = {"thread_id": self._commit.thread_id, name: {"$in": keys}}
            found = await self._documents.messages.find(where, {name: 1, "seq": 1}).to_list() if keys else []
            taken |= {(name, row[name]) for row in found if cut["first"] <= row["seq"] <= cut["last"]}
        for row in marked:
            keys_of_row = {name: row[name] for name in ("client_id", "item_id") if (name, row.get(name)) in taken}
            for name in keys_of_row:
                del row[name]  # type: ignore[misc]
            if keys_of_row:
                row["batch"]["keys"] = keys_of_row
                self._waits_for_keys = True
        return marked

    async def _write(
        self, thread: ThreadRow, fields: dict[str, Any], cut: Cut | None, mark: str | None, popped: MessageRow | None
    ) -> Committed | None:
        """Update the thread: this is the commit. If another writer wrote in between, withdraw the rows and return None."""
        commit = self._commit
        require_next_revision(thread, "thread")
        unchanged = {
            "_id": thread["_id"],
            "deleted_at": None,
            "revision": thread["revision"],
            "last_seq": thread["last_seq"],
            "deleted_count": thread["deleted_count"],
        }
        update = update_of(fields, commit.rows, cut, mark)
        updated = await find_one_and_grow(self._documents.threads, unchanged, update, row=thread, field="thread")
        if updated is not None:
            return Committed(updated, commit.rows, popped, cut, mark, self._waits_for_keys)
        if mark is not None:
            await withdraw_commit(self._documents, thread["_id"], mark)
            assign_next_ids(commit.rows, {row["_id"] for row in commit.rows})
        return None


def update_of(fields: dict[str, Any], rows: list[MessageRow], cut: Cut | None, mark: str | None) -> dict[str, Any]:
    """The update of the thread that makes a commit. Its filter must have the revision and the newest number."""
    moment = now()
    count = cut["count"] if cut else 0
    update: dict[str, Any] = {
        **set_or_remove({**fields, "updated_at": moment}),
        "$inc": {"revision": 1, "message_count": len(rows) - count},
    }
    if rows:
        newest = max(row["created_at"] for row in rows)
        update["$set"]["last_seq"] = rows[-1]["seq"]
        update["$max"] = {"last_message_at": newest, "last_active_at": newest}
        update["$push"] = {"commits": mark}
    if cut:
        update["$inc"]["cut_count"] = count
        update["$push"] = {**update.get("$push", {}), "cuts": cut}
    if rows or cut:
        update["$min"] = {"uncleaned_since": moment}
    return update
