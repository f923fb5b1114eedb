"""LangChain's chat histories in MongoDB: one document for each message (Python), or for each session (JavaScript)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..conversation import Broken, Conversation
from ..grouping import grouped
from ..object_ids import object_id_time
from ..stored_forms import numbered
from .base import ODD_SHAPES, Format, odd
from .langchain_messages import LangChainMessages, is_message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conversation import ReadingOptions
    from ..reading import JsonFile, Sample
    from .base import Found

_SESSIONS = ("SessionId", "sessionId", "session_id", "conversation_id", "thread_id")


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.9, lambda item: bool(_history(item)) and _session(item) is not None)


def _history(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages of a document: under any name, as JSON, as an object, or as a list of them."""
    for name, one in value.items():
        if name == "_id":
            continue
        found = _parsed(one)
        if is_message(found):
            return [found]
        if isinstance(found, list) and found and all(map(is_message, found)):
            return found
    return []


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value


def _session(value: dict[str, Any]) -> str | None:
    """The session: under its usual names, or the only other text."""
    for name in _SESSIONS:
        if isinstance(value.get(name), (str, int)):
            return str(value[name])
    texts = [
        one
        for name, one in value.items()
        if name != "_id" and isinstance(one, str) and one.lstrip()[:1] not in ("{", "[")
    ]
    return texts[0] if len(texts) == 1 else None


def _conversations(files: Iterable[JsonFile], _: ReadingOptions) -> Iterator[Found]:
    with grouped() as groups:
        for file in files:
            for item in file.items():
                if item.fault is not None:
                    yield Broken(item.location, item.fault)
                    continue
                session = _session(item.value) if isinstance(item.value, dict) else None
                messages = _history(item.value) if session is not None else []
                if session is None or not messages:
                    yield Broken(item.location, "it has no session, or no message with `type` and `data`")
                    continue
                groups.add(session, [item.location, str(item.value.get("_id") or ""), messages])
        for session, rows in groups:
            yield _conversation(session, rows)


def _conversation(session: str, rows: list[Any] | None) -> Found:
    if rows is None:
        return Broken(f"session {session}", "is too large: its messages take more than 128 MiB")
    location = rows[0][0]
    if all(object_id_time(document) is not None for _, document, _ in rows):
        rows = sorted(rows, key=lambda row: row[1])  # ids of MongoDB rise; a dump has no order of its own
    found = Conversation(session, location)
    convert = LangChainMessages()
    try:
        for _, document, messages in rows:
            for index, message in enumerate(messages):
                made = convert.of(message)
                for one in made:
                    one.created_at = object_id_time(document) if len(messages) == 1 else None
                name = document if len(messages) == 1 else f"{document}/{index}" if document else ""
                found.messages += numbered(str(message["data"].get("id") or name), made)
    except ODD_SHAPES as error:
        return Broken(location, odd(error))
    if rows:
        found.created_at = object_id_time(rows[0][1])
    return found


FORMAT = Format(
    name="langchain",
    title="LangChain",
    obtain="`mongoexport` of the collection of `MongoDBChatMessageHistory`, of Python or of JavaScript.",
    keys=frozenset({"SessionId", "sessionId", "History", "messages", "type", "data"}),
    recognise=_recognise,
    conversations=_conversations,
)
