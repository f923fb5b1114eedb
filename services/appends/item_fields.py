"""The stored fields of a message that follow from its item: its text, its call, and the id by which its writer knows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from ...history import ITEM_KINDS, call_of_item, item_text, split_content, split_output
from ...inputs import LONGEST_ITEM_ID, Status

if TYPE_CHECKING:
    from ...documents import MessageRow
    from ...history import ItemKind

_STATUSES = {name: name for name in get_args(Status)} | {"failed": "incomplete"}


def set_item(
    row: MessageRow,
    item: dict[str, Any] | None,
    content: str | list[dict[str, Any]] = "",
    tool_calls: list[dict[str, Any]] | None = None,
) -> None:
    """Set `item`, and the fields that follow from it, in a row that has its type. `content` and `tool_calls` were given beside it.

    The output of a function moves from the item to `content` and `parts` (`history/whole_items.py`).
    """
    kind = row["type"]
    found = ITEM_KINDS.get(kind)
    rest, output = split_output(kind, item or {})
    text, parts = split_content(content if output is None else output)
    if item and not text and parts is None:
        text = item_text(kind, rest)
    row["content"] = text
    if parts is not None:
        row["parts"] = parts
    if item is not None:
        row["item"] = rest
    call = call_of_item(kind, rest)
    calls = tool_calls if call is None else [call]
    if calls is not None:
        row["tool_calls"] = calls
    if found is not None:
        _set_ids(row, rest, found)
        if row["status"] is None:
            row["status"] = status_in(rest)


def status_in(item: dict[str, Any]) -> str | None:
    """The status of a message whose item has this status, or None."""
    status = item.get("status")
    return _STATUSES.get(status) if isinstance(status, str) else None


def _set_ids(row: MessageRow, item: dict[str, Any], kind: ItemKind) -> None:
    sent = item.get("id")
    if isinstance(sent, str) and sent.startswith(f"{kind.prefix}_") and len(sent) <= LONGEST_ITEM_ID:
        row["item_id"] = sent
    if kind.family == "output" and row["tool_call_id"] is None:
        call_id = sent if row["type"] == "local_shell_call_output" else item.get("call_id")
        row["tool_call_id"] = call_id if isinstance(call_id, str) else None
