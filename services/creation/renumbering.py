"""Inserts messages before all others of a thread, whose numbers become higher: for the import of an earlier period.

Numbers of messages never change otherwise. So this is only for threads that an import wrote and nobody has continued.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo import UpdateOne

from ...documents import NEWEST
from ...errors import PreconditionFailed
from ..appends import drop_taken_item_ids

if TYPE_CHECKING:
    from pymongo.asynchronous.client_session import AsyncClientSession

    from ...documents import Documents, MessageRow
    from ..appends import Appender

MOST_RENUMBERED = 5000
"""The most messages that get other numbers. One transaction changes them all."""


async def insert_before(documents: Documents, appender: Appender, thread_id: str, rows: list[MessageRow]) -> None:
    """Insert the rows as the first messages of the thread, in one transaction.

    Raises `PreconditionFailed` if the server has no transactions. The same error is raised if the thread has a message that no
    import wrote, a deleted message, or more than `MOST_RENUMBERED` messages.
    """
    transactions = appender.sequencer.transactions
    if transactions is None:
        raise PreconditionFailed(f"Thread {thread_id!r}")

    async def work(session: AsyncClientSession) -> None:
        await _insert_before(documents, session, thread_id, rows)

    try:
        await transactions.run(work)
    finally:
        appender.forget(thread_id)


async def _insert_before(
    documents: Documents, session: AsyncClientSession, thread_id: str, rows: list[MessageRow]
) -> None:
    where: Any = {"thread_id": thread_id, "seq": {"$gt": 0, "$lte": NEWEST}}
    fields = {"seq": 1, "imported_at": 1, "batch": 1}
    found = documents.messages.find(where, fields, session=session).sort("seq", -1).limit(MOST_RENUMBERED + 1)
    later = await found.to_list()
    thread = await documents.threads.find_one({"_id": thread_id, "deleted_at": None}, session=session)
    untouched = all("imported_at" in row and "batch" not in row for row in later)
    if thread is None or not untouched or not len(later) == thread["last_seq"] <= MOST_RENUMBERED:
        raise PreconditionFailed(f"Thread {thread_id!r}")
    await drop_taken_item_ids(documents, rows)
    shift = len(rows)
    # From the highest number down: so each number is free when a message gets it.
    updates = [UpdateOne({"_id": row["_id"]}, {"$set": {"seq": row["seq"] + shift}}) for row in later]
    await documents.messages.bulk_write(updates, ordered=True, session=session)
    await documents.messages.insert_many([{**row, "seq": seq} for seq, row in enumerate(rows, 1)], session=session)
    counts = {"last_seq": shift, "message_count": shift}
    await documents.threads.update_one({"_id": thread_id}, {"$inc": counts}, session=session)
