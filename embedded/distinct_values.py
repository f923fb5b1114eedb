"""Answers `distinct` as MongoDB does. `child.py` runs this file, and nothing imports it."""

from __future__ import annotations

from typing import Any

_ALL = 10_000_000
"""More values than an answer of 16 MB has."""
_OTHERS = ("hint", "collation")
"""Options that only the server's own command has."""


def answer_distinct(server: Any) -> None:
    """Let the server answer `distinct` by an aggregation.

    Its own command gives no values for a view, and none for a field of the objects in an array (`tool_calls.function.name`).
    """
    dispatch = server.dispatch

    def answering(body: dict[str, Any], context: Any) -> dict[str, Any]:
        if next(iter(body), "") != "distinct" or not _is_plain(body):
            own: dict[str, Any] = dispatch(body, context)
            return own
        answer: dict[str, Any] = dispatch(_aggregation(body), context)
        if "cursor" not in answer:
            return answer
        rest = {name: value for name, value in answer.items() if name != "cursor"}
        return {"values": [row["_id"] for row in answer["cursor"]["firstBatch"]], **rest}

    server.dispatch = answering


def _is_plain(body: dict[str, Any]) -> bool:
    key = body.get("key")
    if not isinstance(key, str) or not isinstance(body.get("query") or {}, dict):
        return False
    parts = key.split(".")
    names = all(part and not part.isdigit() and not part.startswith("$") and "\0" not in part for part in parts)
    return names and not any(name in body for name in _OTHERS)


def _aggregation(body: dict[str, Any]) -> dict[str, Any]:
    others = {name: value for name, value in body.items() if name not in ("distinct", "key", "query")}
    key: str = body["key"]
    parts = key.split(".")
    fields = [".".join(parts[: depth + 1]) for depth in range(len(parts))]
    stages = [
        {"$match": body.get("query") or {}},
        *({"$unwind": {"path": f"${field}", "preserveNullAndEmptyArrays": True}} for field in fields),
        {"$match": {key: {"$exists": True}}},
        {"$group": {"_id": f"${key}"}},
    ]
    return {"aggregate": body["distinct"], "pipeline": stages, "cursor": {"batchSize": _ALL}, **others}
