"""LangChain's chat histories in MongoDB: one document for each message (Python), or for each session (JavaScript)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, client_id_of, numbered, object_id_time, parsed
from .base import Format
from .grouped_rows import each_group
from .langchain_messages import LangChainMessages, is_message

if TYPE_CHECKING:
    from ..reading import Sample

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
            return parsed(value)
        except ValueError:
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


def _rows(value: dict[str, Any]) -> list[tuple[str, Any]]:
    """The messages of a document with their session, and with the id of the document."""
    session, messages = _session(value), _history(value)
    if session is None or not messages:
        raise ValueError("it has no session, or no message with `type` and `data`")
    return [(session, [str(value.get("_id") or ""), messages])]


def _conversation(session: str, rows: list[Any], location: str) -> Conversation:
    if all(object_id_time(document) is not None for document, _ in rows):
        rows = sorted(rows, key=lambda row: row[0])  # ids of MongoDB rise; a dump has no order of its own
    found = Conversation(session, location, created_at=object_id_time(rows[0][0]), is_list=True)
    convert = LangChainMessages()
    for document, messages in rows:
        alone = len(messages) == 1
        place_of_all = client_id_of(document)
        for index, message in enumerate(messages):
            made = convert.of(message)
            for one in made:
                one.created_at = object_id_time(document) if alone else None
            place = document if alone or not document else f"{place_of_all}/{index}"
            found.messages += numbered(str(message["data"].get("id") or place), made)
    return found


FORMAT = Format(
    name="langchain",
    title="LangChain",
    obtain="`mongoexport` of the collection of `MongoDBChatMessageHistory`, of Python or of JavaScript.",
    keys=frozenset({"SessionId", "sessionId", "History", "messages", "type", "data"}),
    recognise=_recognise,
    conversations=each_group(_rows, _conversation),
)
