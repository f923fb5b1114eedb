"""OpenAI's Conversations API: pages of items, and conversations with their items. Items have no times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..conversations import CUT_LIST, ORDER_ASSUMED, Broken, Conversation, grouped
from .base import ODD_SHAPES, Format, odd
from .grouped_rows import added
from .response_items import is_item, message_of_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conversations import ReadingOptions
    from ..reading import JsonFile, Sample
    from .base import Found


def _recognise(sample: Sample) -> float:
    return sample.likeness(0.9, lambda value: is_item(value) or any(map(is_item, _listed(value)[:3])))


def _listed(value: dict[str, Any]) -> list[Any]:
    """The items that the value lists: those of a page, or of a conversation."""
    found = value.get("items", value.get("data"))
    if isinstance(found, dict):
        found = found.get("data")
    return found if isinstance(found, list) else []


def _conversations(files: Iterable[JsonFile], options: ReadingOptions) -> Iterator[Found]:
    """Loose items, and those of pages, are one conversation of each file."""
    with grouped(options.group_bounds) as groups:
        for index, file in enumerate(files):
            for item in file.items():
                if item.fault is not None:
                    yield Broken(item.location, item.fault)
                elif is_item(item.value) or (isinstance(item.value, dict) and _is_page(item.value)):
                    yield from added(groups, str(index), item)
                else:
                    yield _whole(item.value, item.location)
        for _index, rows in groups:
            if rows is None:
                yield Broken("the items", "are too large: they take more than 128 MiB")
            elif (found := _loose(rows)) is not None:
                yield found


def _loose(rows: list[Any]) -> Found | None:
    items: list[Any] = []
    cut = is_page = False
    for _, value in rows:
        if is_item(value):
            items.append(value)
        else:
            items += _listed(value)
            cut, is_page = value.get("has_more") is True, True
    return _conversation({}, items, rows[0][0], is_page=is_page, cut=cut) if items else None


def _is_page(value: dict[str, Any]) -> bool:
    return value.get("object") == "list" or ("data" in value and "items" not in value)


def _whole(value: Any, location: str) -> Found:
    try:
        facts = value["conversation"] if isinstance(value.get("conversation"), dict) else value
        page = value.get("items")
        cut = isinstance(page, dict) and page.get("has_more") is True
        if not isinstance(page, (dict, list)):
            raise KeyError("items")
        return _conversation(facts, _listed(value), location, is_page=True, cut=cut)
    except ODD_SHAPES as error:
        return Broken(location, odd(error))


def _conversation(facts: dict[str, Any], items: list[Any], location: str, *, is_page: bool, cut: bool) -> Found:
    try:
        newest_first, sure = _direction(items, is_page=is_page)
        if newest_first:
            items = [*reversed(items)]
        metadata = facts.get("metadata")
        found = Conversation(
            str(facts.get("id") or f"items/{items[0].get('id')}" if items else location),
            location,
            created_at=facts.get("created_at"),
            meta_data=dict(metadata) if isinstance(metadata, dict) else {},
            is_list=True,
        )
        for item in items:
            message = message_of_item(item)
            message.fields = {"id": item["id"]} if isinstance(item.get("id"), str) else {}
            found.messages.append(message)
    except ODD_SHAPES as error:
        return Broken(location, odd(error))
    found.notes += [CUT_LIST] if cut else []
    found.notes += [] if sure or len(items) < 2 else [ORDER_ASSUMED]  # noqa: PLR2004 - one item has no order
    return found


def _direction(items: list[Any], *, is_page: bool) -> tuple[bool, bool]:
    """Whether the newest item is first, and whether that is sure: a call stands before its output."""
    outputs: set[Any] = set()
    calls: set[Any] = set()
    for item in items:
        call_id = item.get("call_id")
        if call_id is not None and str(item.get("type")).endswith("_output"):
            if call_id in calls:
                return False, True
            outputs.add(call_id)
        elif call_id is not None:
            if call_id in outputs:
                return True, True
            calls.add(call_id)
    roles = [item.get("role") for item in items if item.get("role") in ("user", "assistant")]
    if roles and (roles[0] == "user") != (roles[-1] == "user"):
        return roles[-1] == "user", False
    return is_page, False


FORMAT = Format(
    name="openai-conversations",
    title="OpenAI Conversations API",
    obtain="Write what `client.conversations.items.list` returns to a file; the conversation beside it, if you have it.",
    keys=frozenset({"conversation", "items", "data", "has_more", "type", "role", "content", "call_id"}),
    recognise=_recognise,
    conversations=_conversations,
)
