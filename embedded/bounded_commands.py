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
    """
    dispatch, unframe, kind = server.dispatch, storage._unframe_doc_value, storage.Storage  # noqa: SLF001
    command = threading.local()

    def counted(value: bytes) -> Any:
        """Count a document while candidates are collected: nothing is changed yet, and no transaction is open."""
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
        most = comment.get("most_bytes") if isinstance(comment, dict) else None
        command.room, command.loaded = most if isinstance(most, int) else None, 0
        answer: dict[str, Any] = dispatch(body, context)
        return answer

    for name in ("_docs_by_recordids", "_candidates_iter"):
        setattr(kind, name, counting(getattr(kind, name)))
    server.dispatch, storage._unframe_doc_value = bounded, counted  # noqa: SLF001
