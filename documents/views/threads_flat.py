"""The view `threads_flat`: one row for each thread, with figures of its messages."""

from .view import LIVING, View, call_count, count_if, is_role, joined, seconds_between, size_of, with_messages

_QUESTION_CHARACTERS = 200
"""The length to which a first question is cut."""

_SUMMARY = {
    "$group": {
        "_id": None,
        "turns": count_if(is_role("user")),
        "tool_calls": {"$sum": call_count()},
        "assistant_ids": {"$addToSet": {"$ifNull": ["$assistant_id", "$$REMOVE"]}},
        # Objects compare by their first field, `seq`. So `$min` gives the first message and `$max` the last one.
        "first": {"$min": {"seq": "$seq", "at": "$created_at"}},
        "last": {"$max": {"seq": "$seq", "at": "$created_at", "role": "$role"}},
        "question": {
            "$min": {
                "$cond": [
                    is_role("user"),
                    {"seq": "$seq", "text": {"$substrCP": ["$content", 0, _QUESTION_CHARACTERS]}},
                    "$$REMOVE",
                ]
            }
        },
    }
}
_COLUMNS = {
    "_id": 0,
    "thread_id": "$_id",
    "owner_id": "$owner_id",
    "participants": joined("$participant_ids"),
    "participant_count": size_of("$participant_ids"),
    "assistants": joined({"$sortArray": {"input": {"$ifNull": ["$summary.assistant_ids", []]}, "sortBy": 1}}),
    "first_question": {"$ifNull": ["$summary.question.text", None]},
    "message_count": "$message_count",
    "turns": {"$ifNull": ["$summary.turns", 0]},
    "tool_calls": {"$ifNull": ["$summary.tool_calls", 0]},
    "unanswered": {"$eq": ["$summary.last.role", "user"]},
    "duration_seconds": seconds_between("$summary.first.at", "$summary.last.at"),
    "created_at": "$created_at",
    "updated_at": "$updated_at",
    "first_message_at": {"$ifNull": ["$summary.first.at", None]},
    "last_message_at": "$last_message_at",
    "last_active_at": "$last_active_at",
    "title": {"$ifNull": ["$title", None]},
    "archived": {"$ifNull": ["$archived", False]},
    "pinned": {"$ifNull": ["$pinned", False]},
    "labels": joined({"$ifNull": ["$labels", []]}),
}

THREADS_FLAT = View(
    name="threads_flat",
    source="threads",
    pipeline=[
        LIVING,
        with_messages([_SUMMARY]),
        {"$set": {"summary": {"$first": "$messages"}}},
        {"$project": _COLUMNS},
    ],
)
