"""Runs a step of a test between two operations on a collection, at a time when another process might."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pymongo.asynchronous.collection import AsyncCollection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest


def before_next(
    monkeypatch: pytest.MonkeyPatch,
    collection: AsyncCollection[Any],
    operation: str,
    step: Callable[[], Awaitable[object]],
) -> None:
    """Run `step` once, right before the next `operation` (`update_one`, `insert_many` …) on this collection."""
    original = getattr(AsyncCollection, operation)
    waiting = [step]

    async def interrupted(self: AsyncCollection[Any], *args: Any, **kwargs: Any) -> Any:
        if self.full_name == collection.full_name and waiting:
            await waiting.pop()()
        return await original(self, *args, **kwargs)

    monkeypatch.setattr(AsyncCollection, operation, interrupted)


def halfway_through_next_insert(
    monkeypatch: pytest.MonkeyPatch,
    collection: AsyncCollection[Any],
    step: Callable[[], Awaitable[object]],
    *,
    count: int = 2,
) -> None:
    """Run `step` once, when the next `insert_many` on this collection has stored `count` of its rows."""
    insert_many = collection.insert_many

    async def interrupted(rows: list[Any], **options: Any) -> None:
        monkeypatch.setattr(collection, "insert_many", insert_many)
        await insert_many(rows[:count], **options)
        await step()
        await insert_many(rows[count:], **options)

    monkeypatch.setattr(collection, "insert_many", interrupted)


class Killed(BaseException):
    """Stands for `kill -9`: no code handles this exception, so nothing runs after it."""


def kill_at(monkeypatch: pytest.MonkeyPatch, collection: AsyncCollection[Any], operation: str) -> None:
    """End the caller right before its next `operation` on this collection, as if its process were killed there."""

    async def kill() -> None:
        raise Killed

    before_next(monkeypatch, collection, operation, kill)
