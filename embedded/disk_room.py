"""Refuses writes while the disk has little room. `child.py` runs this file, and nothing imports it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

OUT_OF_DISK_SPACE = 14031
"""MongoDB's code. It also stands for a read-only disk."""
WRITES = frozenset({"insert", "update", "delete", "findAndModify", "findandmodify", "bulkWrite"})
SCHEMA = frozenset({"create", "createIndexes", "collMod"})
"""Commands that each start sends, and that change nothing if all exists. So they are accepted until even less room is left."""
SCHEMA_SHARE = 8


class Disk:
    """The disk of the data. Writes are refused while it has less room than `reserve` bytes, or is read-only."""

    def __init__(self, folder: str, reserve: int, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._reserve = reserve
        self._say = say
        self._problem: str | None = None

    def refusal(self, name: str) -> dict[str, Any] | None:
        """The answer that refuses this command, or None if there is room for it. Reports when writes begin or end to be refused."""
        if name in SCHEMA:
            return self._answer(self._find_problem(self._reserve // SCHEMA_SHARE))
        problem = self._find_problem(self._reserve)
        if (problem is None) is not (self._problem is None):
            self._say(f"{problem}: writes are refused" if problem else "the disk has room again: writes are accepted")
        self._problem = problem
        return self._answer(problem)

    def has_room(self) -> bool:
        """Whether writes are accepted."""
        return self._find_problem(self._reserve) is None

    def _answer(self, problem: str | None) -> dict[str, Any] | None:
        if problem is None:
            return None
        return {"ok": 0.0, "code": OUT_OF_DISK_SPACE, "codeName": "OutOfDiskSpace", "errmsg": problem}

    def _find_problem(self, needed: int) -> str | None:
        disk = os.statvfs(self._folder)
        if disk.f_flag & os.ST_RDONLY:
            return "the disk is read-only"
        free = disk.f_bavail * disk.f_frsize
        if free < needed:
            return f"the disk is full: {free >> 20} MiB are free, {needed >> 20} MiB are needed"
        return None


def writes(name: str, body: dict[str, Any]) -> bool:
    """Whether the command takes room on the disk."""
    if name == "aggregate":
        stages = body.get("pipeline")
        last = stages[-1] if isinstance(stages, list) and stages else None
        return isinstance(last, dict) and ("$out" in last or "$merge" in last)
    return name in WRITES or name in SCHEMA


def guard(server: Any, disk: Disk) -> None:
    """Refuse writes and pings while the disk has too little room. The storage engine would fail on a full disk."""
    dispatch = server.dispatch

    def guarded(body: dict[str, Any], context: Any) -> dict[str, Any]:
        name = next(iter(body), "")
        if (name == "ping" or writes(name, body)) and (refused := disk.refusal(name)) is not None:
            return refused
        answer: dict[str, Any] = dispatch(body, context)
        return answer

    server.dispatch = guarded
