"""Rules for items: the fields that readers rely on, and the values that follow from the kind of an item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from pydantic_core import PydanticCustomError

from ..history import ITEM_KINDS, TEXT_OUTPUTS, call_of_item, item_of_call, split_output

if TYPE_CHECKING:
    from .roles import Role

LONGEST_ITEM_ID = 128
_FIELDS = {"function_call": ("call_id", "name", "arguments"), "custom_tool_call": ("call_id", "name", "input")}
"""The texts without which no reader can show a call."""
_ROLE_OF_OTHERS: Role = "unknown"
"""The role of types that OpenAI does not have: bookkeeping of an application, which no model sees."""


def with_defaults(data: dict[str, Any]) -> dict[str, Any]:
    """The input with the values that follow from its kind: its role, and an empty text beside calls or an item."""
    kind = data.get("type", "message")
    if kind == "message":
        needs_text = data.get("content", "") is None and data.get("tool_calls")
        return {**data, "content": ""} if needs_text else data
    filled = {"role": role_of(kind, data.get("item")), **data}
    if filled.get("content", "") is None:
        filled["content"] = ""
    return filled


def role_of(kind: object, item: object) -> Role:
    """The role of an item of this kind."""
    found = ITEM_KINDS.get(kind) if isinstance(kind, str) else None
    if kind == "additional_tools" and isinstance(item, dict) and isinstance(item.get("role"), str):
        return cast("Role", item["role"])
    return _ROLE_OF_OTHERS if found is None else cast("Role", found.role)


def readable_item(item: dict[str, Any] | None, fields: dict[str, Any]) -> dict[str, Any] | None:
    """The item of a message, if readers can show it. `fields` are the other fields of the message.

    A call that is given in `tool_calls` only also becomes an item. Raises `PydanticCustomError`.
    """
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in ITEM_KINDS:
        return item
    found = ITEM_KINDS[kind]
    if found.family != "other" and fields.get("role", found.role) != found.role:
        raise _refusal("a {kind} has the role {role}", kind=kind, role=found.role)
    if item is None and kind in _FIELDS:
        item = _item_of_calls(kind, fields.get("tool_calls"))
    missing = [name for name in _FIELDS.get(kind, ()) if not isinstance((item or {}).get(name), str)]
    if missing:
        raise _refusal("a {kind} needs the string {name}", kind=kind, name=missing[0])
    _refuse_contradictions(kind, item or {}, fields)
    return item


def _item_of_calls(kind: str, calls: list[dict[str, Any]] | None) -> dict[str, Any] | None:
    if calls is None or len(calls) != 1:
        return None
    found = item_of_call(calls[0])
    return {"type": kind, **found[1]} if found is not None and found[0] == kind else None


def _refuse_contradictions(kind: str, item: dict[str, Any], fields: dict[str, Any]) -> None:
    """Refuse an item that contradicts the other fields of the message."""
    calls, call = fields.get("tool_calls"), call_of_item(kind, item)
    if calls and call is not None and calls != [call]:
        raise _refusal("says another call than tool_calls")
    call_id = item.get("call_id")
    if fields.get("tool_call_id") is not None and call_id is not None and call_id != fields["tool_call_id"]:
        raise _refusal("says another call_id than tool_call_id")
    output = split_output(kind, item)[1] if kind in TEXT_OUTPUTS else None
    if output is not None and fields.get("content") and fields["content"] != output:
        raise _refusal("says another output than content")


def _refusal(rule: str, **facts: str) -> PydanticCustomError:
    return PydanticCustomError("item_rule", rule, facts)
