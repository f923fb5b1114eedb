"""Sums the contributions of the senders in the rows of the daily facts."""

from __future__ import annotations

from collections import defaultdict
from math import ceil, fsum
from typing import TYPE_CHECKING, Any

from ...documents import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Row = dict[str, Any]
Rows = dict[str, Row]
"""Rows by their `_id`."""

_PERCENTILES = {"answer_p50": 0.5, "answer_p90": 0.9, "answer_p99": 0.99}


def daily_facts(contributions: Iterable[Row], owners: Mapping[str, str | None]) -> dict[str, Rows]:
    """Return the rows of each collection of daily facts.

    `contributions` are the rows of the pipeline of that name. `owners` maps visible threads to their owners.
    """
    by_writer: defaultdict[tuple[Any, str, str | None], list[Row]] = defaultdict(list)
    by_user: defaultdict[tuple[Any, str], list[Row]] = defaultdict(list)
    by_thread: defaultdict[tuple[Any, str], list[Row]] = defaultdict(list)
    for row in contributions:
        key = row["_id"]
        by_writer[key["day"], key["role"], key.get("assistant_id")].append(row)
        by_thread[key["day"], key["thread_id"]].append(row)
        sender = key.get("sender_id")
        if key["role"] == "user" and sender not in (None, ANONYMOUS):
            by_user[key["day"], sender].append(row)
    return {
        "daily_messages": _by_id(_of_writer(*key, rows) for key, rows in by_writer.items()),
        "daily_users": _by_id(_of_user(*key, rows) for key, rows in by_user.items()),
        "daily_threads": _by_id(
            _of_thread(day, thread, owners[thread], rows)
            for (day, thread), rows in by_thread.items()
            if thread in owners
        ),
    }


def _by_id(rows: Iterable[Row]) -> Rows:
    return {row["_id"]: row for row in rows}


def _of_writer(day: Any, role: str, assistant_id: str | None, rows: list[Row]) -> Row:
    seconds = sorted(value for row in rows for value in row["seconds"])
    return {
        "_id": f"{day:%Y-%m-%d} {role}" + (f" {assistant_id}" if assistant_id is not None else ""),
        "day": day,
        "role": role,
        "assistant_id": assistant_id,
        "messages": _total(rows, "messages"),
        "threads": _threads(rows),
        "characters": _total(rows, "characters"),
        "tool_calls": _total(rows, "tool_calls"),
        "answers": len(seconds),
        "answer_seconds": fsum(seconds),
        **{name: _percentile(seconds, rank) for name, rank in _PERCENTILES.items()},
    }


def _of_user(day: Any, user_id: str, rows: list[Row]) -> Row:
    return {
        "_id": f"{day:%Y-%m-%d} {user_id}",
        "day": day,
        "user_id": user_id,
        "messages": _total(rows, "messages"),
        "threads": _threads(rows),
        "characters": _total(rows, "characters"),
    }


def _of_thread(day: Any, thread_id: str, owner_id: str | None, rows: list[Row]) -> Row:
    return {
        "_id": f"{day:%Y-%m-%d} {thread_id}",
        "day": day,
        "thread_id": thread_id,
        "owner_id": owner_id,
        "messages": _total(rows, "messages"),
        "user_messages": sum(row["messages"] for row in rows if row["_id"]["role"] == "user"),
        "bytes": _total(rows, "bytes"),
    }


def _total(rows: list[Row], name: str) -> int:
    return sum(row[name] for row in rows)


def _threads(rows: list[Row]) -> int:
    return len({row["_id"]["thread_id"] for row in rows})


def _percentile(ordered: list[float], rank: float) -> float | None:
    """The smallest value that a share of `rank` of all values does not exceed; None without values."""
    return ordered[max(0, ceil(rank * len(ordered)) - 1)] if ordered else None
