"""Bounds the bytes that one command loads. `child.py` runs this file, and nothing imports it."""

from __future__ import annotations

import threading
from typing import Any

EXCEEDED_MEMORY_LIMIT = 146
"""MongoDB's code."""


def bound_commands(server: Any, storage: Any, query: Any) -> None:
    """Refuse a command with the comment `{"most_bytes": …}` that would load more bytes, unless they are one document.

    The server loads all documents of an index range before it sorts them and ends its reply. A thread of large messages
    would take all memory, and all other clients would wait. Threadkeep reads a range that is refused in smaller parts.

    A command with the comment `{"part_bytes": …}` works on its first documents only. Threadkeep sends it until it finds none.
    """
    dispatch, unframe, kind = server.dispatch, storage._unframe_doc_value, storage.Storage  # noqa: SLF001
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

    def counting(collect: Any) -> Any:
        def collecting(*given: Any, **named: Any) -> Any:
            command.collects = getattr(command, "room", None) is not None
            try:
                return collect(*given, **named)
            finally:
                command.collects = False

        return collecting

    def bounded(body: dict[str, Any], context: Any) -> dict[str, Any]:
        comment = body.get("comment")
        limits = comment if isinstance(comment, dict) else {}
        most, part = (limits.get(name) for name in ("most_bytes", "part_bytes"))
        command.room, command.loaded = most if isinstance(most, int) else None, 0
        command.part = part if isinstance(part, int) else None
        answer: dict[str, Any] = dispatch(body, context)
        return answer

    kind._try_index_id_keys = first_part(kind._try_index_id_keys, kind._docs_by_recordids, query, command)  # noqa: SLF001
    for name in ("_docs_by_recordids", "_candidates_iter"):
        setattr(kind, name, counting(getattr(kind, name)))
    server.dispatch, storage._unframe_doc_value = bounded, counted  # noqa: SLF001


def first_part(find_ids: Any, load: Any, query: Any, command: threading.local) -> Any:
    """The function of the server that finds documents by an index, for `command.part` bytes of documents that match."""

    def finding(self: Any, db: str, coll: str, wanted: Any, **named: Any) -> Any:
        room, command.part = getattr(command, "part", None), None  # it calls itself for the fields of a filter
        found = find_ids(self, db, coll, wanted, **named)
        if room is None or found is None:
            return found
        part = []
        for number in dict.fromkeys(found):
            if any(query.matches(document, wanted) for document in load(self, db, coll, [number])):
                part.append(number)
                room -= command.size
            if room < 0:
                break
        return part

    return finding
