"""Bounds the bytes that one command loads. `child.py` runs this file, and nothing imports it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

EXCEEDED_MEMORY_LIMIT = 146
"""MongoDB's code."""
MOST_SORTED = 1000
"""The most documents of an index that one part sorts by id. If there are more, the part reads all ids in their order."""


def bound_commands(server: Any, storage: Any, query: Any) -> None:
    """Refuse a command with the comment `{"most_bytes": …}` that would load more bytes, unless they are one document.

    The server loads all documents of an index range before it sorts them and ends its reply. A thread of large messages
    would take all memory, and all other clients would wait. Threadkeep reads a range that is refused in smaller parts.

    A command with the comment `{"part_bytes": …}` works on its first documents only. Threadkeep repeats the command until
    it finds none. If the command asks for the ids behind an id, its documents are the next ones in the order of the ids.
    """
    dispatch, unframe, kind = server.dispatch, storage._unframe_doc_value, storage.Storage  # noqa: SLF001
    ids = IdOrder(storage)
    command = threading.local()

    def counted(value: bytes) -> Any:
        """Count a document while candidates are collected: nothing is changed yet, and no transaction is open."""
        command.size = len(value)
        if getattr(command, "collects", False):
            command.room -= len(value)
            command.loaded += 1
            if command.room < 0 and command.loaded > 1:
                text = "the command would load too many bytes at once"
                raise query.QueryError(text, code=EXCEEDED_MEMORY_LIMIT, code_name="ExceededMemoryLimit")
        return unframe(value)

    def bounded(body: dict[str, Any], context: Any) -> dict[str, Any]:
        comment = body.get("comment")
        limits = comment if isinstance(comment, dict) else {}
        most, part = (limits.get(name) for name in ("most_bytes", "part_bytes"))
        command.room, command.loaded = most if isinstance(most, int) else None, 0
        command.part = part if isinstance(part, int) else None
        answer: dict[str, Any] = dispatch(body, context)
        return answer

    parts = first_part(kind._try_index_id_keys, kind._docs_by_recordids, ids, query, command)  # noqa: SLF001
    kind._try_index_id_keys = parts  # noqa: SLF001
    for name in ("_docs_by_recordids", "_candidates_iter"):
        setattr(kind, name, counting(getattr(kind, name), command))
    server.dispatch, storage._unframe_doc_value = bounded, counted  # noqa: SLF001


def counting(collect: Any, command: threading.local) -> Any:
    """The function `collect`, which collects candidates, with its documents counted if the command has a bound."""

    def collecting(*given: Any, **named: Any) -> Any:
        command.collects = getattr(command, "room", None) is not None
        try:
            return collect(*given, **named)
        finally:
            command.collects = False

    return collecting


class IdOrder:
    """Finds documents by a range of ids, in the order of the ids. The server itself would read the whole collection."""

    def __init__(self, storage: Any) -> None:
        """`storage` is the module of the server. Raises `AttributeError` if another version lacks a part."""
        self._table, self._key = storage._NAT_SEQ_TABLE, storage._id_key  # noqa: SLF001
        self._not_found = storage.wt.WT_NOTFOUND

    def start_of(self, wanted: Any) -> bytes | None:
        """The key from which a filter wants the ids, or None if it asks for something else."""
        ids = wanted.get("_id")
        names = [*ids] if isinstance(ids, dict) else []
        return self._key(ids[names[0]]) if names in (["$gt"], ["$gte"]) else None

    def numbers_from(self, storage: Any, db: str, coll: str, start: bytes) -> Iterator[int]:
        """Yield the record number of each document, from the id with this key on."""
        cursor = storage._cursor(self._table)  # noqa: SLF001
        cursor.reset()
        cursor.set_key(db, coll, start)
        nearest = cursor.search_near()
        if nearest == self._not_found or (nearest < 0 and cursor.next() != 0):
            return
        while True:
            database, collection, _ = cursor.get_key()
            if (database, collection) != (db, coll):
                return
            yield int(cursor.get_value())
            if cursor.next() != 0:
                return

    def sorted(self, numbers: Iterable[int], document_of: Callable[[int], Any], start: bytes) -> list[int]:
        """These record numbers in the order of the ids, without those before the key `start`."""
        keys = {number: self._key(document["_id"]) for number in numbers for document in document_of(number)}
        return sorted((number for number, key in keys.items() if key >= start), key=keys.__getitem__)


def first_part(find_ids: Any, load: Any, ids: IdOrder, query: Any, command: threading.local) -> Any:
    """Return the function of the server that finds documents by an index, limited to `command.part` bytes of matches.

    In a range of ids, the documents that do not match count too, because the other clients wait while they are read. But a
    part has at least one document, unless there is none.
    """

    def finding(self: Any, db: str, coll: str, wanted: Any, **named: Any) -> Any:
        room, command.part = getattr(command, "part", None), None  # it calls itself for the fields of a filter
        start = None if room is None else ids.start_of(wanted)
        others = wanted if start is None else {name: value for name, value in wanted.items() if name != "_id"}
        found = find_ids(self, db, coll, others, **named)
        if room is None or (found is None and start is None):
            return found
        numbers: Iterable[int] = dict.fromkeys(found or ())
        if start is not None and (found is None or len(found) > MOST_SORTED):
            numbers = ids.numbers_from(self, db, coll, start)
        elif start is not None:
            numbers = ids.sorted(numbers, lambda number: load(self, db, coll, [number]), start)
        part = []
        for number in numbers:
            is_wanted = any(query.matches(document, wanted) for document in load(self, db, coll, [number]))
            if is_wanted:
                part.append(number)
            if is_wanted or start is not None:
                room -= command.size
            if room < 0 and part:
                break
        return part

    return finding
