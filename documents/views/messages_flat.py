"""Messages as a table: one row each, with its turn and what it answers."""

from .view import LIVING, View, count_if, is_role, seconds_between, size_of, with_messages

_KEPT = ("seq", "type", "role", "sender_id", "assistant_id", "run_id", "tool_call_id", "status", "content")
_DATES = ("created_at", "updated_at", "completed_at")

_IN_ORDER = {
    "$setWindowFields": {
        "sortBy": {"seq": 1},
        "output": {
            "turn": {**count_if(is_role("user")), "window": {"documents": ["unbounded", "current"]}},
            # The newest user message so far: carried forward from where it stands.
            "question": {"$locf": {"$cond": [is_role("user"), {"id": "$_id", "at": "$created_at"}, None]}},
        },
    }
}
_FLAT = {
    "$project": {
        **dict.fromkeys((*_KEPT, *_DATES, "turn"), 1),
        "characters": {"$strLenCP": "$content"},
        "attachments": size_of("$attachments"),
        "tool_calls": size_of("$tool_calls"),
        "edited": {"$gt": ["$revision", 1]},
        "question": {"$cond": [is_role("user"), None, "$question"]},
    }
}
_COLUMNS = {
    "_id": 0,
    "message_id": "$messages._id",
    "thread_id": "$_id",
    "owner_id": "$owner_id",
    **{name: f"$messages.{name}" for name in ("seq", "turn", *_KEPT[1:])},
    **{name: f"$messages.{name}" for name in ("characters", "attachments", "tool_calls", "edited")},
    "answers_message_id": {"$ifNull": ["$messages.question.id", None]},
    "answer_seconds": seconds_between("$messages.question.at", "$messages.created_at"),
    **{name: f"$messages.{name}" for name in _DATES},
}

MESSAGES_FLAT = View(
    name="messages_flat",
    source="threads",
    pipeline=[LIVING, with_messages([_IN_ORDER, _FLAT]), {"$unwind": "$messages"}, {"$project": _COLUMNS}],
)
