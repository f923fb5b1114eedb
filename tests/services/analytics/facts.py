"""The stored daily facts, and the daily facts computed in plain Python."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from threadkeep.inputs import StoredMessage
from threadkeep.services.appends.rows import stored_row
from threadkeep.tests.services.analytics import plain

if TYPE_CHECKING:
    from threadkeep.documents import Documents

FIRST = datetime(2026, 10, 1)  # noqa: DTZ001  naive UTC, as the driver returns it
_ORDER = {
    "daily_messages": ("day", "role", "assistant_id"),
    "daily_users": ("day", "user_id"),
    "daily_threads": ("day", "thread_id"),
}
Facts = dict[str, list[dict[str, Any]]]


class StoreMessage:
    """Stores messages as an import does: with any time."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    async def __call__(
        self, thread_id: str, hours: float, role: Any = "user", sender_id: str | None = None, **fields: Any
    ) -> str:
        """Store a message with a time `hours` after `FIRST`. Returns its id."""
        message = StoredMessage(role=role, created_at=FIRST + timedelta(hours=hours), **fields)
        row = stored_row(thread_id, message, sender_id)
        row["seq"] = 1 + await self._documents.messages.count_documents({"thread_id": thread_id})
        await self._documents.messages.insert_one(row)
        await self._documents.threads.update_one({"_id": thread_id}, {"$max": {"last_seq": row["seq"]}})
        return row["_id"]


async def stored(documents: Documents) -> Facts:
    """Return the facts in the database."""
    found = {}
    for name, order in _ORDER.items():
        rows = await documents.database[name].find({}, {"_id": 0, "computed_at": 0}).to_list()
        for row in rows:
            if "answer_seconds" in row:
                row["answer_seconds"] = round(row["answer_seconds"], 6)
        found[name] = sorted(rows, key=lambda row: [(row[key] is not None, row[key]) for key in order])
    return found


async def expected(documents: Documents) -> Facts:
    """Return the facts that plain Python computes from the stored messages."""
    threads: list[Any] = await documents.threads.find().to_list()
    rows: list[Any] = await documents.messages.find().to_list()
    messages = plain.visible_messages(rows, threads)
    return {
        "daily_messages": plain.daily_messages(messages),
        "daily_users": plain.daily_users(messages),
        "daily_threads": plain.daily_threads(messages, threads),
    }
