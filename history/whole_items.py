"""Items as they were sent, and the form in which they are stored.

The output of a function is stored once, in `content` and `parts`, and not in `item`. So an edit of a message changes every
place where its text stands. Older versions stored it in `item` too, and readers accept both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..stored_json import as_json
from .kinds import ITEM_KINDS, TEXT_OUTPUTS, Item

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .parts import Content


def item_text(kind: str, item: Item) -> str:
    """The text of an item for `content`. Empty for kinds that OpenAI does not have."""
    found = ITEM_KINDS.get(kind)
    return "" if found is None else found.text(item)


def split_output(kind: str, item: Item) -> tuple[Item, Content | None]:
    """The item without its output, and the output. The output is None if it stays in the item, or if there is none."""
    output = item.get("output")
    is_content = isinstance(output, str) or (
        isinstance(output, list) and all(isinstance(part, dict) for part in output)
    )
    if kind not in TEXT_OUTPUTS or not is_content:
        return item, None
    return {name: value for name, value in item.items() if name != "output"}, output


def whole_item(stored: Mapping[str, Any]) -> Item | None:
    """The item of a stored message, with its output. None if the message has no item."""
    item: Item | None = stored.get("item")
    if stored["type"] not in TEXT_OUTPUTS:
        return item
    item = item or {}
    if "output" in item:
        return item
    call_id = {} if stored.get("tool_call_id") is None else {"call_id": stored["tool_call_id"]}
    return {**call_id, **item, "output": stored["parts"] if "parts" in stored else stored["content"]}


def output_of(stored: Mapping[str, Any]) -> Content:
    """The output in a stored output item: its text or its parts."""
    if stored["type"] in TEXT_OUTPUTS:
        rest, content = split_output(stored["type"], stored.get("item") or {})
        if content is not None:
            return content
        if "output" in rest and not stored["content"] and "parts" not in stored:
            return as_json(rest["output"]).decode()
    found: Content = stored["parts"] if "parts" in stored else stored["content"]
    return found
