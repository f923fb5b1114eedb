"""Answers several questions about messages with one reading of them, for the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .answer_times import times_by_assistant, times_by_hour
from .assistants import CALLS_AND_OUTPUTS, OF_ASSISTANTS, calls_by_tool, hand_overs_by_pair
from .stages import SPEAKERS, Pipeline, Question, messages_between, with_question
from .volume import by_hour_of_week

if TYPE_CHECKING:
    from datetime import datetime

_FIELDS = (
    "thread_id",
    "seq",
    "role",
    "type",
    "assistant_id",
    "created_at",
    "tool_calls",
    "tool_call_id",
    "status",
)


def overview(since: datetime, until: datetime, asked_since: datetime, zone: str, deleted: list[str]) -> Pipeline:
    """One row, which has the rows of each question under its name. All questions share the fields and `asked_at`."""
    in_period = {"created_at": {"$gte": since}}

    def found(pipeline: Pipeline, **filters: Any) -> Pipeline:
        return [{"$match": {**filters, **in_period}}, *pipeline]

    return [
        *messages_between(asked_since, until, deleted),
        {"$replaceWith": {"series": SPEAKERS, **{name: f"${name}" for name in _FIELDS}}},
        with_question("$series"),
        {
            "$facet": {
                "busy_hours": found(by_hour_of_week(zone), role="user"),
                "answer_times": times_by_assistant(since),
                "answer_times_by_hour": times_by_hour(since, zone),
                "tool_calls": found(calls_by_tool(), **{"$or": CALLS_AND_OUTPUTS}),
                "hand_overs": found(hand_overs_by_pair(), **OF_ASSISTANTS),
            }
        },
    ]


OVERVIEW = Question("overview", "messages", overview)
