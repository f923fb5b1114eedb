"""Lets the embedded server read the list of a collection's indexes once for each command (decision 0049).

The server stores this list in a table, and reads the table about ten times for one command. That took half of its time.

Only `child.py` runs this file, in the child process.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

COMMANDS = frozenset({"find", "insert", "update", "delete", "findAndModify", "findandmodify", "aggregate", "count"})
BEGIN_ANEW = ("_coll_lock", "_batch_transaction", "_refresh_read_snapshot", "release_thread_snapshot")
"""Methods of the storage. After each of them, a thread may see indexes that it did not see before."""

Indexes = list[tuple[str, dict[str, Any], dict[str, Any]]]


class ReadIndexes(threading.local):
    """The lists that the current command of this thread has read. None outside of `COMMANDS`."""

    lists: dict[tuple[str, str], Indexes] | None = None

    def forget(self) -> None:
        """Forget all lists."""
        if self.lists:
            self.lists.clear()


def remember_indexes(server: Any, storage: Any) -> None:
    """Change these modules of the server. Raises `AttributeError`, and changes nothing, if another version lacks a part."""
    memory = ReadIndexes()
    methods, table = storage.Storage, storage._IDX_TABLE  # noqa: SLF001
    changed = {name: forgetting(memory, getattr(methods, name)) for name in BEGIN_ANEW}
    changed["_cursor"] = forgetting(memory, methods._cursor, table)  # noqa: SLF001
    changed["_iter_indexes"] = remembering(memory, methods._iter_indexes)  # noqa: SLF001
    dispatch = for_each_command(memory, server.dispatch)
    for name, method in changed.items():
        setattr(methods, name, method)
    server.dispatch = dispatch


def remembering(memory: ReadIndexes, read: Callable[..., Iterable[Any]]) -> Callable[..., Iterable[Any]]:
    """Return `read`, which answers from memory if it can."""

    def indexes(self: Any, database: str, collection: str) -> Iterable[Any]:
        lists = memory.lists
        if lists is None:
            return read(self, database, collection)
        found = lists.get((database, collection))
        if found is None:
            found = list(read(self, database, collection))
            lists[database, collection] = found
        return found

    return indexes


def forgetting(memory: ReadIndexes, method: Callable[..., Any], argument: str | None = None) -> Callable[..., Any]:
    """Return `method`, which clears the memory first: at each call, or only at calls with this argument."""

    def method_that_forgets(self: Any, *arguments: Any, **options: Any) -> Any:
        if argument is None or argument in arguments:
            memory.forget()
        return method(self, *arguments, **options)

    return method_that_forgets


def for_each_command(memory: ReadIndexes, dispatch: Callable[..., Any]) -> Callable[..., Any]:
    """Return `dispatch`, which gives each command a memory of its own."""

    def dispatch_with_memory(body: dict[str, Any], context: Any) -> Any:
        before, memory.lists = memory.lists, {} if next(iter(body), "") in COMMANDS else None
        try:
            return dispatch(body, context)
        finally:
            memory.lists = before

    return dispatch_with_memory
