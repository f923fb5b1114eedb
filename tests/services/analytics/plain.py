"""Computes in plain Python the results that the pipelines compute in the server."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING, Any

from bson import BSON

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

Row = dict[str, Any]
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Data:
    """The visible messages and threads."""

    messages: list[Row]
    threads: list[Row]

    @classmethod
    def of(cls, messages: Iterable[Row], threads: Iterable[Row]) -> Data:
        visible = [thread for thread in threads if thread["deleted_at"] is None]
        return cls(visible_messages(messages, visible), visible)


def day_of(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def grouped(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> dict[Any, list[Row]]:
    """Return the rows by their key. Keys are sorted, and rows keep their order."""
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(sorted(groups.items(), key=lambda group: _sortable(group[0])))


def _sortable(key: Any) -> Any:
    """Return a sort key that puts null first, as MongoDB does."""
    if isinstance(key, tuple):
        return tuple(map(_sortable, key))
    return (key is not None, key)


def percentile(values: Sequence[float], rank: float) -> float | None:
    """Return the smallest value that is not exceeded by a share of at least `rank` of all values."""
    return sorted(values)[max(0, ceil(rank * len(values)) - 1)] if values else None


def share(part: float, whole: float) -> float | None:
    return round(part / whole, 3) if whole else None


def visible_messages(messages: Iterable[Row], threads: Iterable[Row]) -> list[Row]:
    """Return the messages of threads that are not deleted, without rows that carry a batch mark."""
    visible = {thread["_id"] for thread in threads if thread["deleted_at"] is None}
    return [row for row in messages if row["thread_id"] in visible and "batch" not in row]


def answers(messages: Iterable[Row]) -> Iterator[tuple[Row, float]]:
    """Yield each assistant's message that follows a user's message within a day, with the seconds between them."""
    dialogue = [row for row in messages if row["role"] in ("user", "assistant")]
    for rows in grouped(dialogue, lambda row: row["thread_id"]).values():
        rows.sort(key=lambda row: row["seq"])
        for before, row in pairwise(rows):
            took = row["created_at"] - before["created_at"]
            if (before["role"], row["role"]) == ("user", "assistant") and timedelta(0) <= took <= DAY:
                yield row, took / timedelta(seconds=1)


def daily_messages(messages: list[Row]) -> list[Row]:
    took = {row["_id"]: seconds for row, seconds in answers(messages)}
    return [
        {
            "day": day,
            "role": role,
            "assistant_id": assistant,
            "messages": len(rows),
            "threads": len({row["thread_id"] for row in rows}),
            "characters": sum(len(row["content"]) for row in rows),
            "tool_calls": sum(len(row.get("tool_calls", ())) for row in rows),
            "answers": len(seconds := [took[row["_id"]] for row in rows if row["_id"] in took]),
            "answer_seconds": round(sum(seconds), 6),
            "answer_p50": percentile(seconds, 0.5),
            "answer_p90": percentile(seconds, 0.9),
            "answer_p99": percentile(seconds, 0.99),
        }
        for (day, role, assistant), rows in grouped(
            messages, lambda row: (day_of(row["created_at"]), row["role"], row["assistant_id"])
        ).items()
    ]


def daily_users(messages: list[Row]) -> list[Row]:
    wrote = [row for row in messages if row["role"] == "user" and row["sender_id"] not in (None, "deleted_user")]
    return [
        {
            "day": day,
            "user_id": user,
            "messages": len(rows),
            "threads": len({row["thread_id"] for row in rows}),
            "characters": sum(len(row["content"]) for row in rows),
        }
        for (day, user), rows in grouped(wrote, lambda row: (day_of(row["created_at"]), row["sender_id"])).items()
    ]


def daily_threads(messages: list[Row], threads: Iterable[Row]) -> list[Row]:
    owners = {thread["_id"]: thread["owner_id"] for thread in threads}
    return [
        {
            "day": day,
            "thread_id": thread,
            "owner_id": owners[thread],
            "messages": len(rows),
            "user_messages": sum(row["role"] == "user" for row in rows),
            "bytes": sum(len(BSON.encode(row)) for row in rows),
        }
        for (day, thread), rows in grouped(messages, lambda row: (day_of(row["created_at"]), row["thread_id"])).items()
    ]
