"""Rules of real servers that the embedded server does not have. A proxy applies them to the commands that pass it.

A rule may answer a command itself, or pass it on and change the answer. The first rule of a proxy sees a command first.
"""

from __future__ import annotations

import asyncio
import copy
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import bson
from bson.datetime_ms import DatetimeMS
from bson.raw_bson import RawBSONDocument

from threadkeep.tests.wire.messages import Body


@dataclass(frozen=True, slots=True)
class Command:
    """A command that passed the proxy."""

    name: str
    body: Body

    @property
    def collection(self) -> str:
        """The collection of the command, if it has one."""
        return str(self.body.get("collection" if self.name == "getMore" else self.name))


PassOn = Callable[[], Awaitable[Body]]
"""Passes the command on, and returns the answer."""


class Rule(Protocol):
    """A rule of a server."""

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The answer to the command."""


class ConnectionLost(Exception):
    """A rule raises this to close the connection without an answer."""


def error_answer(code: int, message: str = "injected", *, labels: tuple[str, ...] = (), **more: Any) -> Body:
    """The answer of a server to a command that fails."""
    named = {"errorLabels": list(labels)} if labels else {}
    return {"ok": 0.0, "errmsg": message, "code": code, "codeName": f"Code{code}"} | named | more


@dataclass
class Chosen:
    """Chooses commands: those of some names, of one collection if one is given, and only some of them."""

    names: tuple[str, ...]
    collection: str | None = None
    after: int = 0
    """So many commands pass before the first that is chosen."""
    times: int | None = None
    """So many commands are chosen. None chooses all."""
    seen: int = field(default=0, init=False)

    def __contains__(self, command: Command) -> bool:
        if command.name not in self.names or self.collection not in (None, command.collection):
            return False
        self.seen += 1
        return self.seen > self.after and (self.times is None or self.seen <= self.after + self.times)


@dataclass
class Failing:
    """The chosen commands fail with a code and labels. With `done`, the server does them before."""

    chosen: Chosen
    code: int
    message: str = "injected"
    labels: tuple[str, ...] = ()
    done: bool = False

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """An error for a chosen command."""
        if command not in self.chosen:
            return await pass_on()
        if self.done:
            await pass_on()
        return error_answer(self.code, self.message, labels=self.labels)


@dataclass
class Answering:
    """The chosen commands get this answer, and are not done."""

    chosen: Chosen
    answer: Body

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The same answer for each chosen command."""
        return copy.deepcopy(self.answer) if command in self.chosen else await pass_on()


@dataclass
class WriteConcernFailing:
    """The chosen writes are done, and then fail to reach a majority. With `only_refused`, complete writes do not fail."""

    chosen: Chosen
    code: int = 64
    labels: tuple[str, ...] = ()
    only_refused: bool = False

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The answer with a `writeConcernError`."""
        answer = await pass_on()
        if command not in self.chosen or (self.only_refused and not _faults(answer)):
            return answer
        fault = {"code": self.code, "codeName": f"Code{self.code}", "errmsg": "waiting for replication"}
        return answer | {"writeConcernError": fault} | ({"errorLabels": list(self.labels)} if self.labels else {})


@dataclass
class Losing:
    """The server does the chosen commands, and its answers are lost with the connection."""

    chosen: Chosen
    done: bool = True

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """No answer to a chosen command."""
        if command not in self.chosen:
            return await pass_on()
        if self.done:
            await pass_on()
        raise ConnectionLost


@dataclass
class Held:
    """The chosen commands wait until `go_on` is set. With `done`, only their answers wait."""

    chosen: Chosen
    done: bool = False
    waiting: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The answer, late."""
        if command not in self.chosen:
            return await pass_on()
        answer = await pass_on() if self.done else None
        self.waiting += 1
        await self.go_on.wait()
        return answer or await pass_on()


class WithoutKeyPatterns:
    """Duplicate-key errors name only the index, and only in their text, as on engines that imitate MongoDB."""

    def __init__(self, text: str = "E11000 duplicate key error collection: {collection} index: {index}") -> None:
        self._text = text

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The answer without `keyPattern` and `keyValue`."""
        answer = await pass_on()
        for fault in (answer, *_faults(answer)):
            if fault.get("code") == 11000:
                index = fault["errmsg"].partition(" index: ")[2].partition(" ")[0]
                fault["errmsg"] = self._text.format(collection=command.collection, index=index)
                fault.pop("keyPattern", None)
                fault.pop("keyValue", None)
        return answer


class CutTexts:
    """The text of a duplicate-key error is cut inside a character, as MongoDB cuts a key of more than 150 bytes."""

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:  # noqa: ARG002 - each rule gets the command
        """The answer, whose errors end with half a character."""
        answer = await pass_on()
        faults = [fault for fault in (answer, *_faults(answer)) if fault.get("code") == 11000]
        for fault in faults:
            fault["errmsg"] += _CUT.decode()
        return RawBSONDocument(bson.encode(answer).replace(_CUT, b"\xc3" * len(_CUT))) if faults else answer  # type: ignore[return-value]


_CUT = b"cut here"


class ForeignValues:
    """Answers hold values that another program has stored and Python does not have, in place of these two."""

    date = datetime(1971, 3, 5, 7, 9, 11)  # noqa: DTZ001 - naive UTC, as the driver returns dates
    """Becomes a date in the year 36538513."""
    text = "foreign text"
    """Becomes bytes that are not UTF-8."""

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:  # noqa: ARG002 - each rule gets the command
        """The answer with the foreign values."""
        answer = await pass_on()
        encoded = bson.encode(answer)
        changed = encoded.replace(_int64(int(DatetimeMS(self.date))), _int64(2**60))
        changed = changed.replace(self.text.encode(), b"\xff" * len(self.text))
        return answer if changed == encoded else RawBSONDocument(changed)  # type: ignore[return-value]


def _int64(number: int) -> bytes:
    return struct.pack("<q", number)


@dataclass
class SlowIndexBuilds:
    """An index build takes an hour. A command with less time aborts it, as a MongoDB server does.

    Any other command waits for `seconds` only. `listIndexes` shows an index during its build, marked only for callers that
    ask for the mark. `$currentOp` shows the progress.
    """

    seconds: float
    building: dict[str, list[Body]] = field(default_factory=dict)

    async def __call__(self, command: Command, pass_on: PassOn) -> Body:
        """The answer to `createIndexes` after the build."""
        if command.name == "createIndexes":
            return await self._build(command, pass_on)
        answer = await pass_on()
        if not answer["ok"]:
            return answer
        if command.name == "listIndexes" and (specs := self.building.get(command.collection)):
            marked = command.body.get("includeBuildUUIDs")
            answer["cursor"]["firstBatch"] += [
                {"spec": spec, "buildUUID": b"0" * 16} if marked else spec for spec in specs
            ]
        if "$currentOp" in str(command.body.get("pipeline")):
            answer["cursor"]["firstBatch"] += [_operation(name) for name in self.building]
        return answer

    async def _build(self, command: Command, pass_on: PassOn) -> Body:
        if command.body.get("maxTimeMS", _AN_HOUR) < _AN_HOUR:
            return error_answer(50, "Index build failed: operation exceeded time limit")
        self.building[command.collection] = command.body["indexes"]
        try:
            await asyncio.sleep(self.seconds)
        finally:
            self.building.pop(command.collection, None)
        return await pass_on()


_AN_HOUR = 3_600_000


def _operation(collection: str) -> Body:
    return {
        "desc": "IndexBuildsCoordinatorMongod-0",
        "ns": f"test.{collection}",
        "msg": "Index Build: scanning collection Index Build: scanning collection: 300/1200 25%",
        "progress": {"done": 300, "total": 1200},
        "command": {"createIndexes": collection},
    }


def _faults(answer: Body) -> list[Body]:
    """The errors of single writes in the answer to a write command, or to a `bulkWrite`."""
    if answer.get("nErrors"):
        return [one for one in answer["cursor"]["firstBatch"] if not one["ok"]]
    return list(answer.get("writeErrors", ()))
