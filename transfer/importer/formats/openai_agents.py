"""Sessions of the OpenAI Agents SDK in MongoDB: `agent_messages`, one document for each run of items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import Conversation, client_id_of, object_id_time, parsed
from .base import Format
from .grouped_rows import each_group
from .response_items import message_of_item

if TYPE_CHECKING:
    from ..reading import Sample


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.95, lambda item: "session_id" in item and "message_data" in item)


def _rows(document: dict[str, Any]) -> list[tuple[str, Any]]:
    """The document with its session. Those of `agent_sessions` have no messages."""
    session = str(document["session_id"])
    return [(session, document)] if "message_data" in document else []


def _conversation(session: str, documents: list[Any], location: str) -> Conversation:
    found = Conversation(session, location)
    newest = max(int(one.get("generation") or 0) for one in documents)
    current = [one for one in documents if int(one.get("generation") or 0) == newest]
    current.sort(key=lambda one: int(one.get("seq") or 0))
    for document in current:
        run = client_id_of(f"{newest}:{document.get('seq', document.get('_id'))}")
        for index, item in enumerate(_items(document["message_data"])):
            place = f"{run}/{index}"
            message = message_of_item(item, str(item.get("id") or place))
            message.created_at = document.get("created_at") or object_id_time(str(document.get("_id") or ""))
            found.messages.append(message)
    return found


def _items(data: Any) -> list[dict[str, Any]]:
    """The items of a document: a list of JSON texts. In older documents it is one text, of an item or a list of items."""
    found: list[dict[str, Any]] = []
    for one in data if isinstance(data, list) else [data]:
        value = parsed(one) if isinstance(one, str) else one
        found += value if isinstance(value, list) else [value]
    return found


FORMAT = Format(
    name="openai-agents",
    title="OpenAI Agents SDK",
    obtain="`mongoexport` of the collection `agent_messages` of `MongoDBSession`.",
    keys=frozenset({"session_id", "seq", "generation", "message_data"}),
    recognise=_recognise,
    conversations=each_group(_rows, _conversation),
)
