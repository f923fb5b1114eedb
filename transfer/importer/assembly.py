"""Puts the entries of a file together: rows of threads with their messages, checked, a thousand messages at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ...clock import EPOCH, now
from ...errors import InvalidInput
from ...ids import LENGTH, clock_characters
from ...inputs import Input, NewThread
from ...services import TRUSTED, input_error, sender, stored_row, thread_row
from .models import EndLine, HeaderLine, MessageLine, ThreadLine, UserLine
from .report import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ...documents import MessageRow, ThreadRow
    from ...settings import Limits
    from .json_source import Entry

I = TypeVar("I", bound=Input)  # noqa: E741  an input

CHUNK = 1000
CHUNK_BYTES = 8 * 1024 * 1024


@dataclass(slots=True)
class Part:
    """Messages of one thread: all of them, or the next thousand; `thread` is complete in the `last` part."""

    thread: ThreadRow
    rows: list[MessageRow]
    first: bool
    last: bool
    place: str
    user_ids: frozenset[str] = frozenset()
    """Who must exist, in the last part."""


def assemble(
    entries: Iterable[Entry], limits: Limits, *, owner_id: str | None = None
) -> Iterator[UserLine | Part | Refusal]:
    """Check the entries and make rows of them.

    A thread of which anything is wrong ends with a `Refusal` instead of a last `Part`, whatever parts came before.
    """
    assembly = _Assembly(limits, owner_id)
    for entry in entries:
        yield from assembly.take(entry)
    yield from assembly.finish()


@dataclass(slots=True)
class _Open:
    """The thread whose messages are being read."""

    said: ThreadLine
    place: str
    participant_ids: list[str]
    owner_id: str | None
    rows: list[MessageRow] = field(default_factory=list)
    size: int = 0
    count: int = 0
    parts: int = 0
    numbered: bool = False
    last_seq: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    senders: dict[str, None] = field(default_factory=dict)
    broken: bool = False


class _Assembly:
    def __init__(self, limits: Limits, owner_id: str | None) -> None:
        self._limits = limits
        self._owner_id = owner_id
        self._open: _Open | None = None
        self._in_export = False

    def take(self, entry: Entry) -> Iterator[UserLine | Part | Refusal]:
        if entry.kind == "export":
            self._checked(HeaderLine, entry.said)
            self._in_export = True
            return
        try:
            match entry.kind:
                case "message":
                    yield from self._message(entry)
                case "thread":
                    yield from self._end()
                    self._thread(entry)
                case "user":
                    yield from self._end()
                    yield self._checked(UserLine, entry.said)
                case "end":
                    yield from self._end()
                case "export.end":
                    yield from self._end()
                    self._checked(EndLine, entry.said)
                    self._in_export = False
                case _:
                    raise InvalidInput.at("", entry.said)
        except InvalidInput as error:
            yield self._refused(entry, error)

    def finish(self) -> Iterator[Part | Refusal]:
        """What the end of the file means for the thread that was being read."""
        if self._in_export:
            thread_id = None if self._open is None else self._open.said.id
            self._open = None
            yield Refusal("the end of the file", "the export was cut off here: its last line is missing", thread_id)
        yield from self._end()

    def _end(self) -> Iterator[Part]:
        thread, self._open = self._open, None
        if thread is not None and not thread.broken:
            yield self._part(thread, last=True)

    def _refused(self, entry: Entry, error: InvalidInput) -> Refusal:
        """A thread with a fault is not imported; what follows of it is read over."""
        thread_id = None
        if entry.kind == "thread" or self._open is None:
            self._open = _Open(ThreadLine(id="unknown"), entry.place, [], None)
        else:
            thread_id = self._open.said.id
        self._open.broken = True
        return Refusal(entry.place, str(error).removeprefix(": "), thread_id)

    def _checked(self, model: type[I], said: Any) -> I:
        try:
            return model.model_validate(said, context=self._limits)
        except ValidationError as error:
            raise input_error(error) from error

    def _thread(self, entry: Entry) -> None:
        said = self._checked(ThreadLine, entry.said)
        participants = list(dict.fromkeys(said.participant_ids or ()))
        owner_id = said.owner_id or (None if participants else self._owner_id)
        if owner_id is not None and owner_id not in participants:
            participants.append(owner_id)
        self._open = _Open(said, entry.place, participants, owner_id)

    def _message(self, entry: Entry) -> Iterator[Part]:
        thread = self._open
        if thread is None:
            raise InvalidInput.at("", "a message without its thread before it")
        if thread.broken:
            return
        said = self._checked(MessageLine, entry.said)
        if said.thread_id not in (None, thread.said.id):
            raise InvalidInput.at("thread_id", f"is {said.thread_id!r}, but the thread is {thread.said.id!r}")
        if len(thread.rows) >= CHUNK or thread.size >= CHUNK_BYTES:
            yield self._part(thread, last=False)
        thread.rows.append(_row(thread, said))
        thread.size += said.size()

    def _part(self, thread: _Open, *, last: bool) -> Part:
        rows, thread.rows, thread.size = thread.rows, [], 0
        row = _thread_row(thread)
        first = not thread.parts
        thread.parts += 1
        needed = frozenset(row["participant_ids"]) | {*filter(_is_user, thread.senders)}
        return Part(row, rows, first, last, thread.place, needed if last else frozenset())


def _row(thread: _Open, said: MessageLine) -> MessageRow:
    named = said.sender_id
    if "sender_id" not in said.model_fields_set:
        named = sender(TRUSTED, said.role, None, thread.participant_ids)
    openai = said.object == "thread.message"
    row = stored_row(thread.said.id, said, named, prefix="msg" if openai else "message")
    row["seq"] = _next_seq(thread, said)
    row["revision"] = said.revision
    if said.id is None:
        row["_id"] = _derived_id(thread, row)
    if said.parts is not None:
        row["parts"] = said.parts
    if "tool_calls" in said.model_fields_set and said.tool_calls is None:
        row.pop("tool_calls", None)
    thread.count += 1
    thread.oldest = min(thread.oldest or row["created_at"], row["created_at"])
    thread.newest = max(thread.newest or row["created_at"], row["created_at"])
    if named is not None:
        thread.senders[named] = None
    return row


def _next_seq(thread: _Open, said: MessageLine) -> int:
    """The number that the message has, or its place in the file; numbers only ever rise."""
    if not thread.count:
        thread.numbered = said.seq is not None
    if thread.numbered != (said.seq is not None):
        raise InvalidInput.at("seq", "must be given for all messages of a thread or for none")
    seq = said.seq or thread.last_seq + 1
    if seq <= thread.last_seq:
        raise InvalidInput.at("seq", f"is {seq} after {thread.last_seq}: messages must stand in their order")
    thread.last_seq = seq
    return seq


def _derived_id(thread: _Open, row: MessageRow) -> str:
    """An id for a message that has none: always the same one for its place, so that importing again finds it."""
    digest = blake2b(f"{thread.said.id}/{row['seq']}".encode(), digest_size=16).hexdigest()
    prefix = row["_id"].partition("_")[0]
    # By floats, which may lose a millisecond: what was imported by earlier versions has the ids of this reckoning.
    clock = clock_characters(max(0, int((row["created_at"] - EPOCH).total_seconds() * 1000)))
    return f"{prefix}_{clock}{digest[: LENGTH - len(clock)]}"


def _thread_row(thread: _Open) -> ThreadRow:
    said, participants, owner_id = thread.said, thread.participant_ids, thread.owner_id
    if said.participant_ids is None:  # not told, so they are found among the senders
        participants = [*dict.fromkeys([*participants, *filter(_is_user, thread.senders)])]
    if owner_id is None and "owner_id" not in said.model_fields_set:
        owner_id = participants[0] if participants else None
    new = NewThread.model_construct(meta_data=said.meta_data, tool_resources=said.tool_resources)
    row = thread_row(said.id, new, owner_id, participants)
    row["created_at"] = said.created_at or thread.oldest or now()
    row["updated_at"] = said.updated_at or row["created_at"]
    row["revision"] = said.revision
    row["last_seq"] = max(thread.last_seq, said.last_seq if thread.numbered or not thread.count else 0)
    row["message_count"] = thread.count
    row["deleted_count"] = row["last_seq"] - thread.count
    row["last_message_at"] = max(filter(None, (thread.newest, said.last_message_at)), default=None)
    row["last_active_at"] = max(filter(None, (row["last_message_at"], said.last_active_at)), default=row["created_at"])
    return row


def _is_user(name: str) -> bool:
    return name.startswith("user_")
