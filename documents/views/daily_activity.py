"""The view `daily_activity`: one row for each day (UTC) with a message or a new thread."""

from typing import Any

from ..message import ANONYMOUS
from .view import LIVING, View, with_messages

_DAY = {"$dateTrunc": {"date": "$created_at", "unit": "day"}}

_BY_SENDER = {
    "$group": {
        "_id": {"day": _DAY, "role": "$role", "sender_id": "$sender_id"},
        "messages": {"$sum": 1},
        "characters": {"$sum": {"$strLenCP": "$content"}},
    }
}


def _from(role: str) -> dict[str, Any]:
    return {"$sum": {"$cond": [{"$eq": ["$rows._id.role", role]}, "$rows.messages", 0]}}


_BY_DAY = {
    "$group": {
        "_id": "$rows._id.day",
        "messages": {"$sum": "$rows.messages"},
        "user_messages": _from("user"),
        "assistant_messages": _from("assistant"),
        "tool_messages": _from("tool"),
        "characters": {"$sum": "$rows.characters"},
        "users": {"$addToSet": {"$cond": [{"$eq": ["$rows._id.role", "user"]}, "$rows._id.sender_id", "$$REMOVE"]}},
        "threads": {"$addToSet": {"$cond": [{"$gt": ["$rows.messages", 0]}, "$_id", "$$REMOVE"]}},
        "new_threads": {"$sum": "$rows.new_threads"},
    }
}
_COLUMNS = {
    "_id": 0,
    "day": "$_id",
    **{name: f"${name}" for name in ("messages", "user_messages", "assistant_messages", "tool_messages", "characters")},
    "active_users": {"$size": {"$setDifference": ["$users", [None, ANONYMOUS]]}},
    "active_threads": {"$size": "$threads"},
    "new_threads": "$new_threads",
}

DAILY_ACTIVITY = View(
    name="daily_activity",
    source="threads",
    pipeline=[
        LIVING,
        with_messages([_BY_SENDER]),
        {"$project": {"rows": {"$concatArrays": ["$messages", [{"_id": {"day": _DAY}, "new_threads": 1}]]}}},
        {"$unwind": "$rows"},
        _BY_DAY,
        {"$project": _COLUMNS},
    ],
)
