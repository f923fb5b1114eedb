"""Assembles validated rows of threads and messages from the entries of a file, up to 1,000 messages at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import bson
from pydantic import ValidationError

from ....errors import InvalidInput
from ....inputs import Input, stored_size
from ....services import input_error
from ..conversations import thread_id_of
from ..report import RefusedEntry
from .models import EndLine, HeaderLine, MessageLine, ThreadLine, UserLine
from .open_thread import OpenThread

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ....documents import MessageRow, ThreadRow
    from ....settings import Limits
    from ..entries import FileEntry

I = TypeVar("I", bound=Input)  # noqa: E741  an input

PART_ROWS = 1000
_PART_BYTES = 8 * 1024 * 1024
_SURELY_FITS = 4 * 1024 * 1024
"""Bytes. A message of this size fits into a document of MongoDB in any case."""
_SURELY_FIT = 10_000
"""The number of participants that fit into a document."""
_DOCUMENT_BYTES = 16 * 1024 * 1024 - 16 * 1024


@dataclass(slots=True)
class Part:
    """All messages of one thread, or its next ones (1,000 by default). The row `thread` is complete in the `last` part."""

    thread: ThreadRow
    rows: list[MessageRow]
    first: bool
    last: bool
    location: str
    size: int = 0
    """The approximate bytes of the thread and its messages."""
    user_ids: frozenset[str] = frozenset()
    """The users that must exist. Set in the last part only."""
    foreign: bool = False
    """Whether another program wrote the messages."""
    is_list: bool = False
    """Whether the file may hold only a period of the thread, because its format lists messages."""
    numbered: bool = False
    """Whether the file gives the messages their numbers."""
    external_id_of: str | None = None
    """The user whose keys gave the external id of the thread. None if services and admins gave it."""


def assemble(
    entries: Iterable[FileEntry], limits: Limits, *, owner_id: str | None = None, part_rows: int = PART_ROWS
) -> Iterator[UserLine | Part | RefusedEntry]:
    """Validate the entries, and yield users, parts of threads, and refusals. A part has at most `part_rows` messages.

    A thread with a fault ends with a `RefusedEntry` instead of a last `Part`. Earlier parts of it may have been yielded.
    """
    assembly = _Assembly(limits, owner_id, part_rows)
    for entry in entries:
        yield from assembly.take(entry)
    yield from assembly.finish()


class _Assembly:
    def __init__(self, limits: Limits, owner_id: str | None, part_rows: int) -> None:
        self._part_rows = part_rows
        self._limits = limits
        self._owner_id = owner_id
        self._open: OpenThread | None = None
        self._in_export = False

    def take(self, entry: FileEntry) -> Iterator[UserLine | Part | RefusedEntry]:
        if entry.kind == "export":
            try:
                self._validated(HeaderLine, entry.value)
            except InvalidInput as error:
                raise InvalidInput(
                    [{**found, "loc": [entry.location, *found["loc"]]} for found in error.problems]
                ) from error
            self._in_export = True
            return
        try:
            match entry.kind:
                case "message":
                    yield from self._message(entry)
                case "thread" | "conversation" | "list":
                    yield from self._end()
                    self._thread(entry)
                case "user":
                    yield from self._end()
                    yield self._validated(UserLine, entry.value)
                case "end":
                    yield from self._end()
                case "file.end":
                    yield from self.finish()
                case "export.end":
                    yield from self._end()
                    self._validated(EndLine, entry.value)
                    self._in_export = False
                case _:
                    raise InvalidInput.at("", entry.value)
        except InvalidInput as error:
            yield self._refusal(entry, error)

    def finish(self) -> Iterator[Part | RefusedEntry]:
        """End the last thread of a file. In an export without its last line, refuse that thread: it may be incomplete."""
        if self._in_export:
            thread_id = None if self._open is None else self._open.id
            self._open, self._in_export = None, False
            yield RefusedEntry(
                "the end of the file", "the export was cut off here: its last line is missing", thread_id
            )
        yield from self._end()

    def _end(self) -> Iterator[Part]:
        thread, self._open = self._open, None
        if thread is not None and not thread.broken:
            yield self._part(thread, last=True)

    def _refusal(self, entry: FileEntry, error: InvalidInput) -> RefusedEntry:
        """Refuse the entry and its thread. The remaining messages of the thread are skipped."""
        thread_id = None
        if entry.kind in ("thread", "conversation", "list") or self._open is None:
            self._open = OpenThread("unknown", ThreadLine(id="unknown"), entry.location, [], None)
        else:
            thread_id = self._open.id
        self._open.broken = True
        return RefusedEntry(entry.location, str(error).removeprefix(": "), thread_id)

    def _validated(self, model: type[I], values: Any) -> I:
        try:
            return model.model_validate(values, context=self._limits)
        except ValidationError as error:
            raise input_error(error) from error

    def _thread(self, entry: FileEntry) -> None:
        line = self._validated(ThreadLine, entry.value)
        participants = list(dict.fromkeys(line.participant_ids or ()))
        owner_id = line.owner_id or (None if participants else self._owner_id)
        if owner_id is not None and owner_id not in participants:
            participants.append(owner_id)
        self._open = OpenThread(
            thread_id_of("threadkeep", line.id),
            line,
            entry.location,
            participants,
            owner_id,
            kind=entry.kind,
        )
        if len(participants) > _SURELY_FIT:
            _require_room(self._open.thread_row())

    def _message(self, entry: FileEntry) -> Iterator[Part]:
        thread = self._open
        if thread is None:
            raise InvalidInput.at("", "a message without its thread before it")
        if thread.broken:
            return
        line = self._validated(MessageLine, entry.value)
        if line.thread_id not in (None, thread.line.id):
            raise InvalidInput.at("thread_id", f"is {line.thread_id!r}, but the thread is {thread.line.id!r}")
        if len(thread.rows) >= self._part_rows or thread.size >= _PART_BYTES:
            yield self._part(thread, last=False)
        size = line.size()
        row = thread.message_row(line)
        if size > _SURELY_FITS:
            _require_room(row)
        thread.rows.append(row)
        thread.size += size + stored_size(line.meta_data)

    def _part(self, thread: OpenThread, *, last: bool) -> Part:
        row = thread.thread_row()
        size = thread.size + len(bson.encode(row))
        rows, thread.rows, thread.size = thread.rows, [], 0
        first = not thread.parts
        thread.parts += 1
        needed = frozenset(row["participant_ids"]) | {*thread.sending_users()}
        needed = needed if last else frozenset()
        foreign, is_list = thread.kind != "thread", thread.kind == "list"
        return Part(
            row,
            rows,
            first,
            last,
            thread.location,
            size,
            needed,
            foreign,
            is_list,
            thread.numbered,
            thread.line.external_id_of,
        )


def _require_room(row: Any) -> None:
    """Raise `InvalidInput` if the row is larger than a document of MongoDB."""
    if len(bson.encode(row)) > _DOCUMENT_BYTES:
        raise InvalidInput.at("", f"is larger than the limit of {_DOCUMENT_BYTES:,} bytes")
