"""Finds the new messages of a transcript. Programs send messages again that this adapter or another program stored."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..sources import json_text
from .messages import stored_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent_framework import Message

    from ...records import MessageRecord
    from .messages import FrameworkMessage

Identity = tuple[str, ...]
_LONGEST_KEY = 200
_STORED_ID = "message_"
"""How the ids of stored messages begin."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of a transcript, or a stored message, in a form that can be compared."""

    message_id: str | None
    role: str
    contents: list[Any]

    @property
    def identity(self) -> Identity:
        """Equal for messages that the framework takes for the same one: the id, or the role and the contents."""
        if self.message_id is not None:
            return ("id", self.message_id)
        return ("content", self.role, json.dumps(self.contents, sort_keys=True))

    def says_no_more_than(self, other: Sent) -> bool:
        """Whether the other message has this role and begins with these contents. Other programs may have appended calls."""
        return self.role == other.role and other.contents[: len(self.contents)] == self.contents

    def key_beside(self) -> str:
        """The `client_id` of a message if another message has its id."""
        digest = hashlib.sha256(json.dumps([self.role, self.contents], sort_keys=True).encode()).hexdigest()
        return f"{str(self.message_id)[:_LONGEST_KEY]}~{digest[:40]}"


def sent(message: Message) -> Sent:
    """The message in the form that can be compared."""
    source = json.loads(json_text(message.to_dict()))
    return Sent(source.get("message_id"), source.get("role", ""), source.get("contents", []))


def names_others(messages: Sequence[Sent]) -> bool:
    """Whether some of the messages may come from stored messages of other programs: their ids show it."""
    return any(str(message.message_id).startswith(_STORED_ID) for message in messages)


def may_contain(messages: Sequence[Sent], records: Sequence[MessageRecord]) -> bool:
    """Whether a transcript may contain the end of a history. `records` are its newest messages, oldest first."""
    history = _History(records)
    own = [one for one in history.messages if history.is_written(one)]
    return not own or own[-1].identity in {message.identity for message in messages}


def new_in(messages: Sequence[Sent], records: Sequence[MessageRecord]) -> Iterator[tuple[int, str | None]]:
    """The positions of the messages that are not stored in these records, each with the key for its rows, if it has one.

    A transcript may contain the whole history, or begin with the last messages of it. Messages before a whole history are not
    new, as in the framework's own provider.
    """
    history = _History(records)
    keys = {record.get("client_id") for record in records}
    written: dict[str, Sent] = {}
    known = history.end_in(messages)
    for index, message in enumerate(messages):
        same = history.others.get(message.message_id or "")
        if same is not None:
            if any(map(message.says_no_more_than, same)):
                continue
            key: str | None = message.key_beside()
        elif index < known:
            continue
        else:
            key = _key(message)
            if key in written and written[key] != message:
                key = message.key_beside()
        if key is None or not (key in keys or key in written):
            yield index, key
        if key is not None:
            written[key] = message


class _History:
    """Stored messages."""

    def __init__(self, records: Sequence[MessageRecord]) -> None:
        stored: list[FrameworkMessage] = stored_in(records)
        self.messages = [sent(one.message) for one in stored]
        self.others: dict[str, list[Sent]] = {}
        """The messages of other programs, by the id under which the framework reads them."""
        for one, message in zip(stored, self.messages, strict=True):
            if not one.is_own and message.message_id is not None:
                self.others.setdefault(message.message_id, []).append(message)
        pairs = zip(stored, self.messages, strict=True)
        self._identities = [message.identity for message in self.messages]
        self._own = {id(message) for one, message in pairs if one.is_own}

    def is_written(self, message: Sent) -> bool:
        """Whether this adapter wrote the message, and it is no changed copy of a message of another program."""
        return id(message) in self._own and message.message_id not in self.others

    def end_in(self, messages: Sequence[Sent]) -> int:
        """The position behind the end of the history in a transcript, or 0. Newer messages of other programs may be missing."""
        needed = 1 + max((number for number, one in enumerate(self.messages) if self.is_written(one)), default=-1)
        identities = [message.identity for message in messages]
        for start in range(len(messages) if needed else 0):
            end = self._end(messages, identities, start, 0, needed)
            if end - start > 1 or (end > start and self._is_certain(messages[start], start)):
                return end
        for first in range(1, needed):
            end = self._end(messages, identities, 0, first, needed)
            is_followed = 0 < end < len(messages) and (end > 1 or messages[0].role != "user")
            if is_followed or any(message.message_id is not None for message in messages[:end]):
                return end
        return 0

    @staticmethod
    def _is_certain(message: Sent, start: int) -> bool:
        """Whether a match of one message means that the history was sent again. A user may say the same words twice."""
        return message.message_id is not None or (start == 0 and message.role != "user")

    def _end(
        self, messages: Sequence[Sent], identities: Sequence[Identity], start: int, first: int, needed: int
    ) -> int:
        """Where the history from its message `first` on ends, if the transcript has it at `start`. Else `start`."""
        position = start
        for number, one in enumerate(self.messages[first:], first):
            is_same = position < len(messages) and identities[position] == self._identities[number]
            is_changed = id(one) in self._own and one.message_id in self.others
            if is_changed:
                is_same = is_same and messages[position] == one
            if is_same:
                position += 1
            elif number < needed and not is_changed:
                return start
        return position


def _key(message: Sent) -> str | None:
    key = message.message_id
    return key if key and len(key) <= _LONGEST_KEY else None
