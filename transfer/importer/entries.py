"""Turns the conversations of other programs into the entries of threads and messages."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from ...clock import EPOCH
from ...ids import characters_of
from ...stored_json import as_json
from .conversations import (
    bounded_key,
    client_id_of,
    derived_id,
    is_id,
    message_id_of,
    thread_id_of,
    time_of,
    user_id_of,
    with_inferred,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from .conversations import Conversation, ReadingOptions, SourceMessage
    from .report import ImportReport

Kind = Literal[
    "export", "user", "thread", "conversation", "list", "message", "end", "export.end", "file.end", "note", "broken"
]
"""The kind of a value. `thread` begins a thread of Threadkeep's own files.

`conversation` begins a conversation of another program. `list` begins one of which the file may hold only a period. `end`
follows the last message of a thread if the file shows it. The last entry of an export is `export.end`, and the last one of
a file is `file.end`.
"""


_LONGEST_FACT = 4096
"""The most characters of a title or of the name of a model."""
_LONGEST_META_DATA = 4096


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One value of a file, and its location there. The `value` of a `broken` entry is the reason."""

    location: str
    kind: Kind
    value: Any


@dataclass(slots=True)
class EntryWriter:
    """Makes entries of conversations, and counts messages that are left out and times that are inferred."""

    options: ReadingOptions
    report: ImportReport
    owner_id: str | None = None

    def entries(self, found: Conversation, source: str) -> Iterator[FileEntry]:
        """The entries of a conversation of this source, then those of its branches, if they are wanted."""
        self.report.conversations += 1
        self.report.files_referenced += found.files_referenced
        self.report.left_out += found.left_out  # drops zeros
        for note in found.notes:
            self.report.note(found.location, note)
        if not self.options.all_branches:
            self.report.left_out += Counter({"in branches": sum(len(branch.messages) for branch in found.branches)})
        if not found.messages and not (found.branches and self.options.all_branches):
            self.report.conversations_empty += 1
            return
        _bound(found)
        thread_id = thread_id_of(source, found.key)
        meta_data = {"source": source} if thread_id == found.key else {"source": source, "source_id": found.key}
        yield from self._thread(found, thread_id, found.messages, meta_data)
        if self.options.all_branches:
            threads: dict[int, str] = {}
            if len(as_json(found.meta_data)) > _LONGEST_META_DATA:  # each branch would repeat it
                found.meta_data = {}
            for branch in found.branches:
                threads[id(branch)] = derived_id("thread", source, found.key, "branch", branch.messages[0].id)
                parent = threads.get(id(branch.parent), thread_id)
                origin = {"branch_of": parent, "branch_at": client_id_of(branch.after) or None}
                yield from self._thread(found, threads[id(branch)], branch.messages, {"source": source, **origin})

    def _thread(
        self, found: Conversation, thread_id: str, messages: list[SourceMessage], meta_data: dict[str, Any]
    ) -> Iterator[FileEntry]:
        thread: dict[str, Any] = {"object": "thread", "id": thread_id, **found.thread_fields}
        created_at = time_of(found.created_at)
        known = {"created_at": created_at, "updated_at": time_of(found.updated_at)}
        thread |= {name: time for name, time in known.items() if time is not None}
        if found.participant and self.owner_id is None:
            user_id = user_id_of(meta_data["source"], found.participant)
            thread |= {"owner_id": user_id, "participant_ids": [user_id]}
            if user_id != found.participant:
                meta_data["source_user"] = found.participant
        facts = {name: value for name, value in (("title", found.title), ("model", found.model)) if value}
        kind: Kind = "list" if found.is_list else "conversation"
        yield FileEntry(found.location, kind, thread | {"meta_data": {**found.meta_data, **meta_data, **facts}})
        times, timeless = self._times(messages, created_at)
        names = _Names()
        for index, (message, time) in enumerate(zip(messages, times, strict=True)):
            key = names.unique(client_id_of(message.id or _id_by_position(index, message)))
            values = _message(message, key, time)
            values.setdefault("id", message_id_of("message", thread_id, key, EPOCH if timeless else time))
            yield FileEntry(f"{found.location}, message {key!r}", "message", values)
        yield FileEntry(found.location, "end", None)

    def _times(self, messages: list[SourceMessage], created_at: datetime | None) -> tuple[list[datetime], bool]:
        """The times of the messages, and whether the file has no times at all: then ids must not depend on times."""
        times = [time_of(message.created_at) for message in messages]
        known = [time for time in times if time is not None]
        self.report.times_inferred += len(times) - len(known)
        first = created_at or (known[0] if known else self.options.at)
        return with_inferred(times, first), created_at is None and not known


def _bound(found: Conversation) -> None:
    """Shorten the facts that each branch or message repeats. Raises `ValueError` if an id is too long."""
    found.key = bounded_key(found.key)
    found.participant = bounded_key(found.participant) if found.participant else None
    found.title = found.title[:_LONGEST_FACT] if isinstance(found.title, str) else None
    found.model = found.model[:_LONGEST_FACT] if isinstance(found.model, str) else None


def _message(message: SourceMessage, key: str, time: datetime) -> dict[str, Any]:
    values = {
        "object": "message",
        "client_id": key,
        "type": message.type,
        "role": message.role,
        "content": message.content,
        "created_at": time,
        "attachments": message.attachments,
        "tool_calls": message.tool_calls,
        "meta_data": message.meta_data,
    }
    rare = ("item", "tool_call_id", "tool_id", "status", "run_id", "assistant_id", "sender_id")
    values |= {name: value for name in rare if (value := getattr(message, name)) is not None}
    if message.fields.get("id") and not is_id(message.fields["id"]):
        message.fields.pop("id")
    return values | message.fields


def _id_by_position(index: int, message: SourceMessage) -> str:
    """An id for a message that has none. It stays the same if the text and the number of messages before it stay the same."""
    said = json.dumps([message.role, message.content, message.item], sort_keys=True, default=str)
    return f"{index}:{characters_of(said, 12)}"


class _Names:
    """The keys of the messages of one thread."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}
        """The highest number that was given to keys with this beginning. All numbers up to it are taken."""

    def unique(self, key: str) -> str:
        """The key, or the key with a number behind it if another message has the key already."""
        found, begin = key, key[:240]
        while found in self._taken:
            number = self._numbers[begin] = self._numbers.get(begin, 1) + 1
            found = f"{begin}~{number}"
        self._taken.add(found)
        return found
