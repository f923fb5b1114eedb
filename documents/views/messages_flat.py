"""The view `messages_flat`: one row for each message, with its turn and the user message that it answers."""

from .view import LIVING, View, call_count, is_role, seconds_between, size_of, with_messages

_KEPT = ("seq", "type", "role", "sender_id", "assistant_id", "run_id", "tool_call_id", "status", "content")
_DATES = ("created_at", "updated_at", "completed_at")

# Two passes, each reads a message once. A `$sum` over all earlier messages would cost the embedded server time that grows
# with the square of the length of the thread.
_USER_MESSAGES_NUMBERED = {
    "$setWindowFields": {
        "partitionBy": is_role("user"),
        "sortBy": {"seq": 1},
        "output": {"turn": {"$documentNumber": {}}},
    }
}
_QUESTION = {"id": "$_id", "at": "$created_at", "turn": "$turn"}
_NEWEST_USER_MESSAGE_CARRIED_FORWARD = {
    "$setWindowFields": {
        "sortBy": {"seq": 1},
        "output": {"question": {"$locf": {"$cond": [is_role("user"), _QUESTION, None]}}},
    }
}
_FLAT = {
    "$project": {
        **dict.fromkeys((*_KEPT, *_DATES), 1),
        "turn": {"$ifNull": ["$question.turn", 0]},
        "characters": {"$strLenCP": "$content"},
        "attachments": size_of("$attachments"),
        "tool_calls": call_count(),
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
    pipeline=[
        LIVING,
        with_messages([_USER_MESSAGES_NUMBERED, _NEWEST_USER_MESSAGE_CARRIED_FORWARD, _FLAT]),
        {"$unwind": "$messages"},
        {"$project": _COLUMNS},
    ],
)
