"""Fail points: what a MongoDB does to our commands, and to ours alone, for as long as a test wants."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymongo import MongoClient


@contextmanager
def failing(
    mongo: MongoClient[dict[str, Any]], *commands: str, times: int | None = None, **data: Any
) -> Iterator[None]:
    """Let these commands of Threadkeeps fail (`errorCode`, `closeConnection`, `blockConnection` with `blockTimeMS` …)."""
    data = {"failCommands": list(commands), "appName": "threadkeep"} | data
    mode: Any = "alwaysOn" if times is None else {"times": times}
    mongo.admin.command("configureFailPoint", "failCommand", mode=mode, data=data)
    try:
        yield
    finally:
        mongo.admin.command("configureFailPoint", "failCommand", mode="off")
