"""Sessions of the OpenAI Agents SDK in MongoDB: `agent_messages`, one document for each run of items."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ..conversation import Broken, Conversation
from ..grouping import grouped
from ..object_ids import object_id_time
from .base import ODD_SHAPES, Format, odd
from .response_items import message_of_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conversation import ReadingOptions
    from ..reading import JsonFile, Sample
    from .base import Found


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.95, lambda item: "session_id" in item and "message_data" in item)


def _conversations(files: Iterable[JsonFile], _: ReadingOptions) -> Iterator[Found]:
    with grouped() as groups:
        for file in files:
            for item in file.items():
                value = item.value
                if item.fault is not None or not isinstance(value, dict) or "session_id" not in value:
                    yield Broken(item.location, item.fault or "it has no field 'session_id'")
                elif "message_data" in value:
                    groups.add(str(value["session_id"]), [item.location, value])
        for session, rows in groups:
            yield _conversation(session, rows)


def _conversation(session: str, rows: list[Any] | None) -> Found:
    if rows is None:
        return Broken(f"session {session}", "is too large: its messages take more than 128 MiB")
    location = rows[0][0]
    found = Conversation(session, location)
    try:
        documents = [value for _, value in rows]
        newest = max(int(one.get("generation") or 0) for one in documents)
        current = [one for one in documents if int(one.get("generation") or 0) == newest]
        current.sort(key=lambda one: int(one.get("seq") or 0))
        for document in current:
            for index, item in enumerate(_items(document["message_data"])):
                place = f"{newest}:{document.get('seq', document.get('_id'))}/{index}"
                message = message_of_item(item, str(item.get("id") or place))
                message.created_at = document.get("created_at") or object_id_time(str(document.get("_id") or ""))
                found.messages.append(message)
    except ODD_SHAPES as error:
        return Broken(location, odd(error))
    return found


def _items(data: Any) -> list[dict[str, Any]]:
    """The items of a document: a list of JSON texts, or in older documents one text, of an item or of a list of them."""
    found: list[dict[str, Any]] = []
    for one in data if isinstance(data, list) else [data]:
        value = json.loads(one) if isinstance(one, str) else one
        found += value if isinstance(value, list) else [value]
    return found


FORMAT = Format(
    name="openai-agents",
    title="OpenAI Agents SDK",
    obtain="`mongoexport` of the collection `agent_messages` of `MongoDBSession`.",
    keys=frozenset({"session_id", "seq", "generation", "message_data"}),
    recognise=_recognise,
    conversations=_conversations,
)
