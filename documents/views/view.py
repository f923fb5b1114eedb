"""A view: a collection that is computed when it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class View:
    """What a view is called, which collection it reads, and how."""

    name: str
    source: str
    pipeline: list[dict[str, Any]]


def is_role(role: str) -> dict[str, Any]:
    """Whether a message is from this role."""
    return {"$eq": ["$role", role]}


def count_if(condition: dict[str, Any]) -> dict[str, Any]:
    """An accumulator that counts what a condition holds for."""
    return {"$sum": {"$cond": [condition, 1, 0]}}


def size_of(array: str) -> dict[str, Any]:
    """How many entries an array has that may not be there."""
    return {"$size": {"$ifNull": [array, []]}}


def joined(strings: str | dict[str, Any]) -> dict[str, Any]:
    """An array of strings as one, separated by commas, for tools that know no arrays."""
    together = {"$concat": ["$$value", {"$cond": [{"$eq": ["$$value", ""]}, "", ", "]}, "$$this"]}
    return {"$reduce": {"input": strings, "initialValue": "", "in": together}}


def seconds_between(start: str, end: str) -> dict[str, Any]:
    """The seconds from one date to another, with their fraction; null where one of them is missing."""
    return {"$divide": [{"$subtract": [end, start]}, 1000]}


LIVING: dict[str, Any] = {"$match": {"deleted_at": None}}
"""Threads that are there: neither being deleted, nor being made."""


def with_messages(pipeline: list[dict[str, Any]]) -> dict[str, Any]:
    """A thread's messages, run through a pipeline, as the array `messages`.

    Views start from `threads`, so that what has no living thread cannot show, and reach the messages by the index on
    `(thread_id, seq)`.
    """
    # On a server without transactions, a row with a mark is part of a batch that may yet come to nothing.
    visible = {"$match": {"batch": None}}
    return {
        "$lookup": {
            "from": "messages",
            "localField": "_id",
            "foreignField": "thread_id",
            "pipeline": [visible, *pipeline],
            "as": "messages",
        }
    }
