"""The thread whose messages are being read, and the rows that are stored of it and of its messages."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ....clock import now
from ....errors import InvalidInput
from ....inputs import NewThread
from ....services import TRUSTED, drop_repeated_item_ids, sender, stored_row, thread_row, with_text_calls
from ..conversations import is_id, message_id_of
from .taken_ids import rename

if TYPE_CHECKING:
    from datetime import datetime

    from ....documents import MessageRow, ThreadRow
    from ..entries import Kind
    from .models import MessageLine, ThreadLine


@dataclass(slots=True)
class OpenThread:
    """The thread whose messages are being read. `id` is its id here, `line.id` the one in the file."""

    id: str
    line: ThreadLine
    location: str
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
    item_ids: set[str] = field(default_factory=set)
    broken: bool = False
    kind: Kind = "thread"

    def message_row(self, line: MessageLine) -> MessageRow:
        """The row of the next message. The thread counts it, but does not keep it. Raises `InvalidInput` for a wrong number."""
        sender_id = line.sender_id
        if "sender_id" not in line.model_fields_set:
            sender_id = sender(TRUSTED, line.role, None, self.participant_ids)
        openai = line.object == "thread.message"
        with_calls = line if openai or "tool_calls" in line.model_fields_set else with_text_calls(line)
        row = stored_row(self.id, with_calls, sender_id, prefix="msg" if openai else "message")
        row["seq"] = self._next_seq(line)
        row["revision"] = line.revision
        if line.id is None:
            prefix = row["_id"].partition("_")[0]
            row["_id"] = message_id_of(prefix, row["thread_id"], row.get("client_id") or row["seq"], row["created_at"])
        elif not is_id(line.id):
            rename(row)
        if line.parts is not None:
            row["parts"] = line.parts
        if line.item_id is not None:
            row["item_id"] = line.item_id
        elif "item_id" in line.model_fields_set:
            row.pop("item_id", None)
        drop_repeated_item_ids([row], self.item_ids)
        self.count += 1
        self.oldest = min(self.oldest or row["created_at"], row["created_at"])
        self.newest = max(self.newest or row["created_at"], row["created_at"])
        if sender_id is not None:
            self.senders[sender_id] = None
        return row

    def _next_seq(self, line: MessageLine) -> int:
        """Return the number of the message in the file, or the next free number if the file has no numbers.

        Raises `InvalidInput` if numbers do not rise, or if only some messages of a thread have one.
        """
        if not self.count:
            self.numbered = line.seq is not None
        if self.numbered != (line.seq is not None):
            raise InvalidInput.at("seq", "must be given for all messages of a thread or for none")
        seq = line.seq or self.last_seq + 1
        if seq <= self.last_seq:
            raise InvalidInput.at("seq", f"is {seq} after {self.last_seq}: numbers must rise from message to message")
        self.last_seq = seq
        return seq

    def sending_users(self) -> list[str]:
        """The senders that are ids of users, in the order of their first messages."""
        return [*filter(_is_user, self.senders)]

    def thread_row(self) -> ThreadRow:
        """The row of the thread, as far as its messages were read. It is complete after the last one."""
        line, participants, owner_id = self.line, self.participant_ids, self.owner_id
        if line.participant_ids is None:  # then all senders that are users participate
            participants = [*dict.fromkeys([*participants, *self.sending_users()])]
        if owner_id is None and "owner_id" not in line.model_fields_set:
            owner_id = participants[0] if participants else None
        meta_data = line.meta_data
        if self.id != line.id:
            meta_data = {**(meta_data or {}), "source_id": line.id}
        shown = {name: getattr(line, name) for name in ("title", "archived", "pinned", "labels")}
        new = NewThread.model_construct(meta_data=meta_data, tool_resources=line.tool_resources, **shown)
        row = thread_row(self.id, new, owner_id, participants)
        if line.external_id is not None:
            row["external_id"] = line.external_id
        row["created_at"] = line.created_at or self.oldest or now()
        row["updated_at"] = line.updated_at or row["created_at"]
        row["revision"] = line.revision
        row["last_seq"] = max(self.last_seq, line.last_seq if self.numbered or not self.count else 0)
        row["message_count"] = self.count
        row["deleted_count"] = row["last_seq"] - self.count
        row["last_message_at"] = max(filter(None, (self.newest, line.last_message_at)), default=None)
        row["last_active_at"] = max(
            filter(None, (row["last_message_at"], line.last_active_at)), default=row["created_at"]
        )
        return row


def _is_user(name: str) -> bool:
    """Whether the sender is the id of a user. The API accepts other texts as senders, and so does an import."""
    return name.startswith("user_") and is_id(name)
