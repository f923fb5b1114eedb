"""Loads long histories and long lists into the database: rows in the stored form, in batches."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient

from ..clock import now
from ..ids import new_id, new_ordered_id
from ..services import anchor_beginning
from .floor import message_row
from .seeding import TEXT

if TYPE_CHECKING:
    from collections.abc import Callable

_BATCH = 1_000
_APART = timedelta(milliseconds=10)
_YEAR = timedelta(days=365)


class Loader:
    """Inserts rows into one database directly, without the services. Only a benchmark should do this."""

    def __init__(self, url: str, database: str, user_id: str) -> None:
        self._client = MongoClient[dict[str, Any]](url)
        self._database = self._client[database]
        self._user_id = user_id

    def close(self) -> None:
        """Close the client."""
        self._client.close()

    def fill(self, thread_id: str, count: int, progress: Callable[[int], object]) -> list[str]:
        """Fill an empty thread with `count` messages. Returns the ids of about a hundred of them, spread over its middle."""
        sent = ({"role": "user", "content": TEXT, "sender_id": self._user_id}, {"role": "assistant", "content": TEXT})
        chosen = set(range(count // 5, count - count // 5, max(1, count * 3 // 5 // 100)))
        moment = now() - _APART * count
        message_ids: list[str] = []
        for first in range(1, count + 1, _BATCH):
            numbers = range(first, min(first + _BATCH, count + 1))
            rows: list[Any] = [
                message_row(thread_id, seq, sent[seq % 2], moment + _APART * seq, new_ordered_id("message"))
                for seq in numbers
            ]
            anchor_beginning(rows)
            self._database["messages"].insert_many(rows, bypass_document_validation=True)
            message_ids += [row["_id"] for row in rows if row["seq"] in chosen]
            progress(len(rows))
        last = {"last_seq": count, "message_count": count, "last_message_at": moment, "last_active_at": moment}
        self._database["threads"].update_one({"_id": thread_id}, {"$set": last})
        return message_ids

    def multiply(self, thread_id: str, user_id: str, count: int, progress: Callable[[int], object]) -> None:
        """Insert `count` copies of a thread, owned by this user, spread over the past year."""
        model = self._database["threads"].find_one({"_id": thread_id}) or {}
        model |= {"owner_id": user_id, "participant_ids": [user_id]}
        moment, apart = now(), _YEAR / count
        for first in range(0, count, _BATCH):
            rows = [
                {**model, "_id": new_id("thread"), "created_at": then, "updated_at": then, "last_active_at": then}
                for then in (moment - apart * number for number in range(first, min(first + _BATCH, count)))
            ]
            self._database["threads"].insert_many(rows, bypass_document_validation=True)
            progress(len(rows))

    def sizes(self, collection: str) -> dict[str, Any]:
        """The reply to `collStats`: the sizes of a collection and of its indexes."""
        return self._database.command("collStats", collection)
