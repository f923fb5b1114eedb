"""Reads stored messages as the messages of a framework. Any framework or API may have written them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..context import Piece, pieces_of
from ..history import CallGroup, Entry, turns_of
from .rows import FRAMEWORK
from .sources import Unresolved, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..records import MessageRecord
    from .sources import Json

_ROLES = {"platform": "system", "critic": "assistant", "discriminator": "assistant"}


@dataclass(frozen=True, slots=True)
class Own:
    """One source of a framework, and the messages in which it is stored."""

    source: Json
    records: list[MessageRecord]


@dataclass(frozen=True, slots=True)
class Foreign:
    """Messages without a source of this framework, in order."""

    records: list[MessageRecord]


@dataclass(frozen=True, slots=True)
class Said:
    """One step of a history in the neutral form: words, reasoning, a call or an output."""

    kind: Literal["system", "developer", "user", "assistant", "reasoning", "call", "output"]
    record: MessageRecord
    pieces: list[Piece] = field(default_factory=list)
    call_id: str = ""
    name: str = ""
    arguments: str = ""

    @property
    def text(self) -> str:
        """All pieces as one text."""
        return "\n\n".join(piece.text for piece in self.pieces if piece.text)


Answers = dict[tuple[str, str], str]
"""The texts of outputs. The key is the id of the message with the call, and the id of the call."""


def grouped(framework: str, records: Sequence[MessageRecord]) -> list[Own | Foreign]:
    """The stored messages as sources of a framework, and the messages of other programs between them."""
    found: list[Own | Foreign] = []
    index = 0
    while index < len(records):
        rows = _rows_of_source(records, index)
        own = _own(framework, rows)
        if own is not None:
            found.append(own)
        elif found and isinstance(found[-1], Foreign):
            found[-1].records.extend(rows)
        else:
            found.append(Foreign(rows))
        index += len(rows)
    return found


def said_by_others(records: Iterable[MessageRecord]) -> list[Said]:
    """The words, reasoning, calls and outputs of messages that other frameworks wrote. Outputs stand behind their calls."""
    return [said for turn in turns_of(records) for step in turn.steps for said in _said(step)]


def answers_in(records: Iterable[MessageRecord]) -> Answers:
    """The outputs of the calls in these messages, by the rules of `turns_of`."""
    groups = [step for turn in turns_of(records) for step in turn.steps if isinstance(step, CallGroup)]
    return {
        (_record(call).id, call.call_id or ""): said.text
        for group in groups
        for call, output in zip(group.calls, group.outputs, strict=True)
        if output is not None
        for said in _output(output)
    }


def source_key(record: MessageRecord) -> str | None:
    """The framework that wrote the source of a message, or None."""
    kept = _kept(record)
    return None if kept is None else kept.get("name")


def own_item(record: MessageRecord) -> dict[str, Any]:
    """The item of a message, without the source of a framework."""
    item = record.get("item") or {}
    return {name: value for name, value in item.items() if name != FRAMEWORK}


def _rows_of_source(records: Sequence[MessageRecord], index: int) -> list[MessageRecord]:
    """The message at this position, with the other messages of the same source."""
    first = records[index]
    kept, key = _kept(first), first.get("client_id")
    rows = [first]
    if kept is None or key is None:
        return rows
    count = kept.get("rows", 1)
    for record in records[index + 1 : index + (count if isinstance(count, int) else 1)]:
        if not str(record.get("client_id", "")).startswith(f"{key}/"):
            break
        rows.append(record)
    return rows


def _own(framework: str, rows: list[MessageRecord]) -> Own | None:
    kept = _kept(rows[0])
    if kept is None or kept.get("name") != framework or kept.get("rows", 1) != len(rows):
        return None
    try:
        return Own(unpacked(kept, rows), rows)
    except Unresolved:
        return None


def _kept(record: MessageRecord) -> dict[str, Any] | None:
    kept = (record.get("item") or {}).get(FRAMEWORK)
    return kept if isinstance(kept, dict) else None


def _said(step: Entry | CallGroup) -> Iterator[Said]:
    if isinstance(step, CallGroup):
        if step.words is not None:
            yield from _words(step.words)
        yield from (said for call in step.calls for said in _call(call))
        for output in step.outputs:
            if output is not None:
                yield from _output(output)
    elif step.kind == "reasoning":
        yield Said("reasoning", _record(step), pieces_of(step.content))
    elif step.kind == "output":
        yield from _output(step)
    elif step.kind == "message":
        yield from _words(step)


def _words(entry: Entry) -> Iterator[Said]:
    role = _ROLES.get(entry.role, entry.role)
    if role in ("system", "developer", "user", "assistant"):
        yield Said(role, _record(entry), pieces_of(entry.content))  # type: ignore[arg-type]  # one of the four roles


def _call(entry: Entry) -> Iterator[Said]:
    call = entry.call or {}
    function, custom = call.get("function"), call.get("custom")
    if entry.is_hosted:
        return
    if isinstance(function, dict) and "arguments" in function:
        yield Said("call", _record(entry), [], entry.call_id or "", function["name"], function["arguments"])
    elif isinstance(custom, dict):
        yield Said("call", _record(entry), [], entry.call_id or "", custom["name"], custom["input"])


def _output(entry: Entry) -> Iterator[Said]:
    yield Said("output", _record(entry), pieces_of(entry.content), entry.call_id or "")


def _record(entry: Entry) -> MessageRecord:
    return entry.stored  # type: ignore[return-value]  # the reader was given records
