"""Reads ahead in another thread, so that the event loop stays free and the database does not wait for the reader."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator

T = TypeVar("T")

_MOST_ENTRIES = 200
_ENOUGH_BYTES = 1024 * 1024


async def read_ahead(entries: Iterator[T], size_of: Callable[[T], int]) -> AsyncGenerator[T]:
    """The same entries, in order. While one batch of them is used, one thread reads the next: about 1 MiB.

    All entries are read in the same thread, as SQLite asks for. An error of the reader is raised in its place.
    """
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1, "import") as thread:
        following = loop.run_in_executor(thread, _batch, entries, size_of)
        try:
            while batch := await following:
                following = loop.run_in_executor(thread, _batch, entries, size_of)
                for entry in batch:
                    yield entry
        finally:
            following.cancel()
            close = getattr(entries, "close", None)
            if close is not None:  # the generator frees its files in the thread that opened them
                await asyncio.shield(loop.run_in_executor(thread, close))


def _batch(entries: Iterator[T], size_of: Callable[[T], int]) -> list[T]:
    found: list[T] = []
    size = 0
    for entry in entries:
        found.append(entry)
        size += size_of(entry)
        if size >= _ENOUGH_BYTES or len(found) >= _MOST_ENTRIES:
            break
    return found
