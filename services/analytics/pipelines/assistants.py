"""Questions about assistants and their tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....history import ITEM_KINDS
from .stages import Pipeline, Stage, count_if, messages_between, named_percentiles, percentiles, seconds_between, share

if TYPE_CHECKING:
    from datetime import datetime

CALLS_AND_OUTPUTS: list[Stage] = [{"tool_calls": {"$exists": True}}, {"role": "tool"}]
"""Filters for messages that hold a call or an output."""
OF_ASSISTANTS: Stage = {"role": "assistant", "assistant_id": {"$ne": None}}
"""Filter for messages of assistants that have an id."""
_HOSTED = [name for name, kind in ITEM_KINDS.items() if kind.hosted]


def tool_calls(since: datetime, until: datetime, deleted: list[str]) -> Pipeline:
    """The calls of each tool: how many, how many were answered, how many failed, and the seconds until the answer.

    The calls are in `tool_calls`, and an answer names its call in `tool_call_id`. Ids may repeat in a thread: an answer belongs
    to the newest call with its id before it. A hosted call holds its own answer. A call failed if its answer is `incomplete`.
    """
    return [*messages_between(since, until, deleted, either=CALLS_AND_OUTPUTS), *calls_by_tool()]


def calls_by_tool() -> Pipeline:
    """The stages of `tool_calls` behind the stages that find the messages."""
    return [*_calls_with_answers(), *_by_tool()]


def _calls_with_answers() -> Pipeline:
    """One row for each call, with the time and the status of its answer."""
    called = {
        "$map": {
            "input": {"$ifNull": ["$tool_calls", []]},
            "as": "call",
            "in": {
                "call": "$$call.id",
                "tool": {"$ifNull": ["$$call.function.name", "$$call.custom.name"]},
                "called_at": {"$cond": ["$$hosted", None, "$created_at"]},
                "answered_at": {"$cond": ["$$hosted", "$created_at", None]},
                "status": {"$cond": ["$$hosted", "$status", None]},
            },
        }
    }
    answered = [{"call": "$tool_call_id", "answered_at": "$created_at", "status": "$status"}]
    calls = {"$let": {"vars": {"hosted": {"$in": ["$type", _HOSTED]}}, "in": called}}
    call = {"thread": "$thread_id", "call": "$events.call"}
    return [
        {
            "$project": {
                "_id": 0,
                "thread_id": "$thread_id",
                "seq": "$seq",
                "events": {"$cond": [{"$eq": ["$role", "tool"]}, answered, calls]},
            }
        },
        {"$unwind": "$events"},
        {"$set": {"is_call": {"$ne": [{"$ifNull": ["$events.tool", None]}, None]}}},
        _numbered({**call, "is_call": "$is_call"}, {"number": {"$documentNumber": {}}}),
        _numbered(call, {"number": {"$locf": {"$cond": ["$is_call", "$number", None]}}}),
        {
            "$group": {
                "_id": {**call, "number": "$number"},
                "tool": {"$max": "$events.tool"},
                "called_at": {"$max": "$events.called_at"},
                "answered_at": {"$min": "$events.answered_at"},
                "status": {"$max": "$events.status"},
            }
        },
        {"$match": {"tool": {"$ne": None}}},
    ]


def _by_tool() -> Pipeline:
    return [
        {
            "$group": {
                "_id": "$tool",
                "calls": {"$sum": 1},
                "answered": count_if({"$gt": ["$answered_at", None]}),
                "failed": count_if({"$eq": ["$status", "incomplete"]}),
                "seconds": percentiles(seconds_between("$called_at", "$answered_at"), 0.5, 0.9),
            }
        },
        {
            "$project": {
                "_id": 0,
                "tool": "$_id",
                "calls": 1,
                "answered": 1,
                "failed": 1,
                "failure_share": share("$failed", "$calls"),
                **named_percentiles("$seconds", "p50", "p90"),
            }
        },
        {"$sort": {"calls": -1, "tool": 1}},
    ]


def _numbered(partition: Stage, output: Stage) -> Stage:
    return {"$setWindowFields": {"partitionBy": partition, "sortBy": {"seq": 1}, "output": output}}


def incomplete_messages(since: datetime, until: datetime, deleted: list[str]) -> Pipeline:
    """The messages of each assistant, and how many of them ended incomplete."""
    return [
        *messages_between(since, until, deleted, role="assistant"),
        {
            "$group": {
                "_id": "$assistant_id",
                "messages": {"$sum": 1},
                "incomplete": count_if({"$eq": ["$status", "incomplete"]}),
            }
        },
        {
            "$project": {
                "_id": 0,
                "assistant_id": "$_id",
                "messages": 1,
                "incomplete": 1,
                "share": share("$incomplete", "$messages"),
            }
        },
        {"$sort": {"assistant_id": 1}},
    ]


def shared_threads(since: datetime, until: datetime, deleted: list[str]) -> Pipeline:
    """The number of threads with messages of two assistants, for each pair of assistants."""
    return [
        *messages_between(since, until, deleted, **OF_ASSISTANTS),
        {"$group": {"_id": "$thread_id", "one": {"$addToSet": "$assistant_id"}}},
        {"$match": {"one.1": {"$exists": True}}},
        {"$set": {"other": "$one"}},
        {"$unwind": "$one"},
        {"$unwind": "$other"},
        {"$match": {"$expr": {"$lt": ["$one", "$other"]}}},
        {"$group": {"_id": {"one": "$one", "other": "$other"}, "threads": {"$sum": 1}}},
        {"$project": {"_id": 0, "one": "$_id.one", "other": "$_id.other", "threads": 1}},
        {"$sort": {"threads": -1, "one": 1, "other": 1}},
    ]


def hand_overs(since: datetime, until: datetime, deleted: list[str]) -> Pipeline:
    """How often an assistant wrote after another assistant in a thread, for each pair. Users and tools do not count."""
    return [*messages_between(since, until, deleted, **OF_ASSISTANTS), *hand_overs_by_pair()]


def hand_overs_by_pair() -> Pipeline:
    """The stages of `hand_overs` behind the stages that find the messages."""
    before = {"$shift": {"output": "$assistant_id", "by": -1}}
    return [
        {"$setWindowFields": {"partitionBy": "$thread_id", "sortBy": {"seq": 1}, "output": {"before": before}}},
        {"$match": {"before": {"$ne": None}, "$expr": {"$ne": ["$before", "$assistant_id"]}}},
        {
            "$group": {
                "_id": {"before": "$before", "after": "$assistant_id", "thread": "$thread_id"},
                "hand_overs": {"$sum": 1},
            }
        },
        {
            "$group": {
                "_id": {"before": "$_id.before", "after": "$_id.after"},
                "hand_overs": {"$sum": "$hand_overs"},
                "threads": {"$sum": 1},
            }
        },
        {
            "$project": {
                "_id": 0,
                "before": "$_id.before",
                "after": "$_id.after",
                "hand_overs": 1,
                "threads": 1,
            }
        },
        {"$sort": {"hand_overs": -1, "before": 1, "after": 1}},
    ]
