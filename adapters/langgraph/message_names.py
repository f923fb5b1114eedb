"""Names messages, and remembers the names: a graph stores all messages of its state again with each step."""

from __future__ import annotations

import copy
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from .messages import name_of, source_of

if TYPE_CHECKING:
    from langchain_core.messages import BaseMessage
    from langgraph.checkpoint.serde.base import SerializerProtocol


class _Known(NamedTuple):
    message: weakref.ref[BaseMessage]
    fields: Any
    """A copy of the fields of the message when it was named. A program may change a message in its place."""
    name: str


class MessageNames:
    """The `client_id` of messages. A name lives as long as its message."""

    def __init__(self, serde: SerializerProtocol) -> None:
        self._serde = serde
        self._known: dict[int, _Known] = {}

    def __len__(self) -> int:
        """How many messages have a name in memory."""
        return len(self._known)

    def of(self, message: BaseMessage) -> str:
        """The name of a message: equal for equal messages."""
        known = self._known.get(id(message))
        if known is not None and known.message() is message and known.fields == _fields(message):
            return known.name
        name = name_of(source_of(message, self._serde))
        self.note(message, name)
        return name

    def note(self, message: BaseMessage, name: str) -> None:
        """Remember the name of a message."""
        place, known = id(message), self._known
        try:
            fields = copy.deepcopy(_fields(message))
        except Exception:  # noqa: BLE001 - fields may hold objects of any library; such a message is named each time
            return
        known[place] = _Known(weakref.ref(message, lambda _: known.pop(place, None)), fields, name)


def _fields(message: BaseMessage) -> Any:
    return message.__dict__, message.__pydantic_extra__
