"""Compares the messages of a file with those of the stored thread, part by part."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ....services import REAL_MESSAGE, is_placeholder
from .stored_rows import rows_of, rows_with

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from ....documents import Documents, MessageRow

# The database decides these fields, or changes them with each edit of another field.
_NOT_COMPARED = frozenset(
    {"_id", "client_id", "seq", "updated_at", "revision", "schema_version", "batch", "imported_at", "pinned", "anchor"}
)
_FOREIGN = frozenset({"type", "role", "content", "parts", "item", "tool_calls", "tool_call_id"})
"""The fields of another program's message that are compared. Times may be inferred, and metadata changes."""
_FOLLOW_FROM_ITEM = frozenset(
    {"content", "parts", "item", "item_id", "tool_calls", "tool_call_id", "status", "completed_at"}
)
_ITEMS_IN_ONE_FORM = 2
"""The schema version since which items have one form (`documents/item_upgrade.py`)."""


class Difference(Exception):
    """The stored thread differs from the thread of the file: it has another path, or another message.

    `index` is the index of the first message of the part that differs. `deleted` says that it was deleted in Threadkeep.
    """

    def __init__(self, sentence: str, index: int, *, deleted: bool = False) -> None:
        super().__init__(sentence)
        self.index = index
        self.deleted = deleted


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored message, compared with the message of the file that has its id. It keeps no content, because that may be large."""

    id: str
    key: str
    thread_id: str
    seq: int
    is_placeholder: bool
    different: str | None
    """A field whose value differs from the file. None if there is no such field."""

    @classmethod
    def of(cls, found: MessageRow, row: MessageRow | None, *, foreign: bool) -> Stored:
        """The stored row `found`, compared with `row` of the file. `foreign` says that another program wrote `row`."""
        different = None if row is None else _different_field(row, found, foreign=foreign)
        thread_id = found["thread_id"]
        return cls(found["_id"], key_of(found), thread_id, found["seq"], is_placeholder(found), different)


@dataclass(frozen=True, slots=True)
class Compared:
    """The state of a comparison: the last message that is stored as in the file, and counts."""

    last_seq: int = 0
    last_key: str | None = None
    known: int = 0
    added: int = 0
    has_other_numbers: bool = False
    """Whether a message has another number than in the file, because an update replaced messages."""
    new: list[MessageRow] = field(default_factory=list)
    """The rows of the part that are not stored, and may be added."""


@dataclass(frozen=True, slots=True)
class ThreadComparison:
    """Compares one thread. `foreign` says that another program wrote the messages, `numbered` that the file has numbers."""

    documents: Documents
    thread_id: str
    foreign: bool
    numbered: bool

    async def take(self, before: Compared, rows: list[MessageRow], stored: Mapping[str, Stored]) -> Compared:
        """Compare the next part. `stored` are messages that have the ids of the part.

        Raises `Difference` if the stored thread does not begin as the file does.
        """
        known, deleted = await self.known_rows(rows, stored)
        now = replace(before, new=[])
        for index, row in enumerate(rows):
            found = known[index]
            if found is None:
                if row["_id"] in deleted:
                    raise Difference(f"message {key_of(row)!r} was deleted from it", index, deleted=True)
                if not now.added and (now.has_other_numbers or not self.numbered):
                    await self._require_nothing_behind(now, row, index)
                now = replace(now, added=now.added + 1)
                now.new.append(row)
            else:
                self._compare(now, row, found, index - len(now.new))
                other = now.has_other_numbers or (self.numbered and found.seq != row["seq"])
                now = replace(now, last_seq=found.seq, last_key=found.key, known=now.known + 1)
                now = replace(now, has_other_numbers=other)
        return now

    async def known_rows(
        self, rows: Sequence[MessageRow], stored: Mapping[str, Stored]
    ) -> tuple[list[Stored | None], set[str]]:
        """The stored message for each row of the file, and the ids of messages that were deleted in Threadkeep."""
        found = [_own(stored.get(row["_id"]), self.thread_id) for row in rows]
        missing = {key: index for index, row in enumerate(rows) if found[index] is None for key in _keys(row)}
        if not missing:
            return found, set()
        async for row in rows_with(self.documents, "client_id", [*missing], thread_id=self.thread_id):
            index = missing[row["client_id"]]
            found[index] = Stored.of(row, rows[index], foreign=self.foreign)
        return found, await deleted_ids(self.documents, missing)

    def _compare(self, now: Compared, row: MessageRow, found: Stored, index: int) -> None:
        rises = found.seq > now.last_seq and not now.added
        if not (rises or (self.numbered and now.added and found.seq == row["seq"])):
            raise Difference(f"message {key_of(row)!r} has another position in it", index)
        if found.different is not None:
            hint = _SAME_OWNER if found.different == "sender_id" else ""
            raise Difference(f"message {key_of(row)!r} has another {found.different} there{hint}", index)

    async def _require_nothing_behind(self, now: Compared, row: MessageRow, index: int) -> None:
        """Require that no imported message stands behind the last known one, so that `row` continues the thread."""
        imported = {"imported_at": {"$exists": True}, **REAL_MESSAGE}
        behind = rows_of(self.documents, self.thread_id, after=now.last_seq, filters=imported, fields={"seq": 1})
        if await anext(behind, None) is not None:
            raise Difference(f"message {key_of(row)!r} is not in it", index)


_SAME_OWNER = "; a repeated import names the same owner as the first one"


async def stored_messages(
    documents: Documents, rows: Iterable[MessageRow], *, foreign: frozenset[str] = frozenset()
) -> dict[str, Stored]:
    """The stored messages with the ids of these rows, by id. `foreign` are the threads that another program wrote."""
    of_file = {(row["thread_id"], row["_id"]): row for row in rows}
    stored = {}
    async for found in rows_with(documents, "_id", [*{name: None for _, name in of_file}]):
        thread_id = found["thread_id"]
        row = of_file.get((thread_id, found["_id"]))
        stored[found["_id"]] = Stored.of(found, row, foreign=thread_id in foreign)
    return stored


async def deleted_ids(documents: Documents, ids: Collection[str]) -> set[str]:
    """The ids among these whose messages were visible once, and were deleted."""
    tombstones: Any = {"_id": {"$in": [*ids]}, "created_at": {"$exists": True}}
    return {row["_id"] async for row in documents.deleted_messages.find(tombstones, {"_id": 1})}


def key_of(row: MessageRow) -> str:
    """The name of a message in the texts of errors: its id in the file."""
    return row.get("client_id") or row["_id"]


def _own(found: Stored | None, thread_id: str) -> Stored | None:
    return found if found is not None and found.thread_id == thread_id and not found.is_placeholder else None


def _keys(row: MessageRow) -> set[str]:
    """The `client_id` that the message may have in the database. An id that was taken elsewhere is kept as `client_id`."""
    return {row["_id"], row["client_id"]} if "client_id" in row else {row["_id"]}


def _different_field(row: Any, known: Any, *, foreign: bool) -> str | None:
    fields = _FOREIGN if foreign else (row.keys() | known.keys()) - _NOT_COMPARED
    if row["type"] != "message" and known["schema_version"] < _ITEMS_IN_ONE_FORM:
        fields -= _FOLLOW_FROM_ITEM
    return next((name for name in sorted(fields) if row.get(name) != known.get(name)), None)
