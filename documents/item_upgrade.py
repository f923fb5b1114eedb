"""The upgrade of messages to schema version 2: the call of an item is in `tool_calls`, an output in `content` or `parts`."""

from __future__ import annotations

from typing import Any

from ..history import CALL_KINDS, ITEM_KINDS, TEXT_OUTPUTS

Expression = Any


def _is_text(value: str) -> Expression:
    return {"$eq": [{"$type": value}, "string"]}


def _first_text(*values: str, default: Expression) -> Expression:
    """The first of these values that is a text."""
    return {"$switch": {"branches": [{"case": _is_text(one), "then": one} for one in values], "default": default}}


def _call(kind: str) -> Expression:
    """`tool_calls` for an item of this kind, as `history.call_of_item` makes it. Missing if the item cannot be read."""
    hosted = ITEM_KINDS[kind].hosted
    names = ("$item.id", "$item.call_id") if hosted else ("$item.call_id", "$item.id")
    call: Expression = {"id": _first_text(*names, default="$$REMOVE"), "type": kind}
    call["function"] = {"name": kind.removesuffix("_call")}
    arguments = {"name": "$item.name", "arguments": _first_text("$item.arguments", default="{}")}
    needed: list[Expression] = []
    if kind == "function_call":
        call |= {"type": "function", "function": arguments}
    elif kind == "custom_tool_call":
        del call["function"]
        call |= {"type": "custom", "custom": {"name": "$item.name", "input": _first_text("$item.input", default="")}}
    elif kind == "mcp_call":
        call["function"] = arguments
    if kind in ("function_call", "custom_tool_call", "mcp_call"):
        needed = [_is_text("$item.name")]
    if kind in ("function_call", "custom_tool_call"):
        needed.append({"$or": [_is_text(name) for name in names]})
    return {"$cond": [{"$and": needed}, [call], "$$REMOVE"]} if needed else [call]


def _is_output() -> Expression:
    in_item = {"$in": [{"$type": "$item.output"}, ["string", "array"]]}
    return {"$and": [{"$in": ["$type", sorted(TEXT_OUTPUTS)]}, in_item]}


def _without_output() -> Expression:
    others = {"$filter": {"input": {"$objectToArray": "$item"}, "as": "one", "cond": {"$ne": ["$$one.k", "output"]}}}
    return {"$arrayToObject": others}


def item_upgrade() -> list[dict[str, Any]]:
    """The stages of the upgrade. They change documents of version 1 only, each once."""
    calls = [{"case": {"$eq": ["$type", kind]}, "then": _call(kind)} for kind in CALL_KINDS]
    has_calls = {"$isArray": "$tool_calls"}
    return [
        {
            "$set": {
                "tool_calls": {
                    "$cond": [has_calls, "$tool_calls", {"$switch": {"branches": calls, "default": "$$REMOVE"}}]
                },
                "parts": {
                    "$cond": [
                        {"$and": [_is_output(), {"$isArray": "$item.output"}]},
                        "$item.output",
                        {"$ifNull": ["$parts", "$$REMOVE"]},
                    ]
                },
                "item": {"$cond": [_is_output(), _without_output(), {"$ifNull": ["$item", "$$REMOVE"]}]},
                "schema_version": 2,
            }
        }
    ]
