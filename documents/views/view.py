"""MongoDB views, which the server computes when they are read, and the expressions that they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...history import CALL_KINDS


@dataclass(frozen=True, slots=True)
class View:
    """The name of a view, its source collection and its pipeline."""

    name: str
    source: str
    pipeline: list[dict[str, Any]]


def is_role(role: str) -> dict[str, Any]:
    """An expression: whether a message has this role."""
    return {"$eq": ["$role", role]}


def count_if(condition: dict[str, Any]) -> dict[str, Any]:
    """An accumulator: the number of rows for which the condition is true."""
    return {"$sum": {"$cond": [condition, 1, 0]}}


def size_of(array: str) -> dict[str, Any]:
    """An expression: the number of entries of an array, 0 if it is missing."""
    return {"$size": {"$ifNull": [array, []]}}


def call_count() -> dict[str, Any]:
    """An expression: the number of tool calls in a message.

    An item that is a call is one call. Before schema version 2, it had no `tool_calls`.
    """
    return {"$cond": [{"$in": ["$type", list(CALL_KINDS)]}, 1, size_of("$tool_calls")]}


def joined(strings: str | dict[str, Any]) -> dict[str, Any]:
    """An expression: the strings of an array, joined with `, `, for tools that cannot read arrays."""
    together = {"$concat": ["$$value", {"$cond": [{"$eq": ["$$value", ""]}, "", ", "]}, "$$this"]}
    return {"$reduce": {"input": strings, "initialValue": "", "in": together}}


def seconds_between(start: str, end: str) -> dict[str, Any]:
    """An expression: the seconds between two dates, with a fraction. Null if one date is missing."""
    return {"$divide": [{"$subtract": [end, start]}, 1000]}


LIVING: dict[str, Any] = {"$match": {"deleted_at": None}}
"""A stage that keeps only visible threads: not being deleted and not being created."""


def with_messages(pipeline: list[dict[str, Any]]) -> dict[str, Any]:
    """A stage that adds the array `messages`: the messages of the thread, after this pipeline.

    Views start from `threads`, so that messages without a visible thread do not appear. They read the messages by the index
    on `(thread_id, seq)`.
    """
    # A row with `batch` is a placeholder row, or part of an unfinished batch on a server without transactions. A row with
    # `covers` is a summary, which repeats what others said.
    visible = {"$match": {"batch": None, "covers": None}}
    return {
        "$lookup": {
            "from": "messages",
            "localField": "_id",
            "foreignField": "thread_id",
            "pipeline": [visible, *pipeline],
            "as": "messages",
        }
    }
