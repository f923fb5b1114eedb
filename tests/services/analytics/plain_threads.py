"""The answers of docs/analytics.md about threads and owners, computed in plain Python."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from threadkeep.tests.services.analytics.plain import Row, daily_threads, grouped, share
from threadkeep.tests.services.analytics.plain_users import between, start_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from threadkeep.tests.services.analytics.plain import Data

LENGTHS = [0, 1, 2, 3, 5, 10, 20, 50, 100, 1000]
SECONDS = [0, 60, 300, 900, 3600, 14400, 86400, 604800]
UTC = ZoneInfo("UTC")


def local(moment: datetime, zone: str) -> datetime:
    """Return the local time of a zone."""
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))


def start_in(moment: datetime, unit: str, zone: str) -> datetime:
    """Return the start of a zone's day, week or month, in UTC."""
    return (
        start_of(local(moment, zone).replace(tzinfo=None), unit)
        .replace(tzinfo=ZoneInfo(zone))
        .astimezone(UTC)
        .replace(tzinfo=None)
    )


def threads_between(data: Data, since: datetime, until: datetime) -> list[Row]:
    return between(data.threads, since, until, "created_at")


def histories(data: Data) -> dict[str, list[Row]]:
    found = grouped(data.messages, lambda row: row["thread_id"])
    return {thread: sorted(rows, key=lambda row: row["seq"]) for thread, rows in found.items()}


def threads_a_day(data: Data, since: datetime, until: datetime) -> list[Row]:
    facts = between(daily_threads(data.messages, data.threads), since, until)
    return [
        {
            "day": day,
            "active_threads": len(rows),
            "messages_each": round(sum(row["messages"] for row in rows) / len(rows), 3),
        }
        for day, rows in grouped(facts, lambda row: row["day"]).items()
    ]


def new_threads(data: Data, since: datetime, until: datetime, unit: str, zone: str) -> list[Row]:
    counts = Counter(start_in(thread["created_at"], unit, zone) for thread in threads_between(data, since, until))
    return [{"start": start, "threads": count} for start, count in sorted(counts.items())]


def _distribution(name: str, boundaries: list[int], values: Iterable[float]) -> list[Row]:
    counts = Counter(boundaries[bisect_right(boundaries, value) - 1] for value in values)
    return [
        {name: low, "threads": count, "share": share(count, counts.total())} for low, count in sorted(counts.items())
    ]


def thread_lengths(data: Data, since: datetime, until: datetime) -> list[Row]:
    return _distribution(
        "at_least", LENGTHS, (thread["message_count"] for thread in threads_between(data, since, until))
    )


def thread_durations(data: Data, since: datetime, until: datetime) -> list[Row]:
    with_messages = [thread for thread in threads_between(data, since, until) if thread["last_message_at"] is not None]
    durations = [(thread["last_message_at"] - thread["created_at"]) / timedelta(seconds=1) for thread in with_messages]
    return _distribution("at_least_seconds", SECONDS, (max(0, seconds) for seconds in durations))


def drop_off(data: Data, since: datetime, until: datetime) -> list[Row]:
    ends = {thread: rows[-1]["role"] for thread, rows in histories(data).items()}
    threads = [
        thread for thread in threads_between(data, since, until) if thread["_id"] in ends and thread["message_count"]
    ]
    rows = []
    for low, those in grouped(threads, lambda row: LENGTHS[bisect_right(LENGTHS, row["message_count"]) - 1]).items():
        left = sum(ends[thread["_id"]] == "user" for thread in those)
        rows.append({"at_least": low, "threads": len(those), "unanswered": left, "share": share(left, len(those))})
    return rows


def unanswered(data: Data, since: datetime, until: datetime, limit: int) -> list[Row]:
    lasts = {thread: rows[-1] for thread, rows in histories(data).items()}
    waiting = [
        thread
        for thread in between(data.threads, since, until, "last_active_at")
        if thread["_id"] in lasts and lasts[thread["_id"]]["role"] == "user"
    ]
    return [
        {
            "owner_id": thread["owner_id"],
            "thread_id": thread["_id"],
            "waiting_since": thread["last_message_at"],
            "question": lasts[thread["_id"]]["content"][:80],
        }
        for thread in sorted(waiting, key=lambda row: row["last_active_at"])[:limit]
    ]


def longest_threads(data: Data, since: datetime, until: datetime, limit: int) -> list[Row]:
    longest = sorted(threads_between(data, since, until), key=lambda row: (-row["message_count"], row["_id"]))[:limit]
    columns = ("owner_id", "message_count", "created_at", "last_message_at")
    return [{"thread_id": thread["_id"], **{name: thread[name] for name in columns}} for thread in longest]


def busiest_threads(data: Data, since: datetime, until: datetime, limit: int) -> list[Row]:
    facts = between(daily_threads(data.messages, data.threads), since, until)
    rows = [
        {
            "thread_id": thread,
            "owner_id": those[0]["owner_id"],
            "messages": sum(row["messages"] for row in those),
            "days": len(those),
        }
        for thread, those in grouped(facts, lambda row: row["thread_id"]).items()
    ]
    return sorted(rows, key=lambda row: (-row["messages"], row["thread_id"]))[:limit]


def similar_first_questions(data: Data, since: datetime, until: datetime, limit: int) -> list[Row]:
    owners = {thread["_id"]: thread["owner_id"] for thread in threads_between(data, since, until)}
    firsts = []
    for thread, rows in histories(data).items():
        asked = [row["content"] for row in rows if row["role"] == "user"]
        if thread in owners and asked and asked[0]:
            firsts.append({"text": asked[0][:500], "owner": owners[thread]})
    groups = grouped(firsts, lambda row: tuple(sorted(set(re.findall(r"""[^\s.,;:!?()"'-]+""", row["text"].lower())))))
    rows = [
        {
            "example": min((row["text"] for row in those), key=str.encode),
            "threads": len(those),
            "owners": len({row["owner"] for row in those}),
        }
        for those in groups.values()
        if len(those) > 1
    ]
    return sorted(rows, key=lambda row: (-row["threads"], row["example"].encode()))[:limit]


def growth(data: Data, since: datetime, until: datetime) -> list[Row]:
    rows: list[dict[str, Any]] = []
    totals = Counter[str]()
    facts = between(daily_threads(data.messages, data.threads), since, until)
    for month, those in grouped(facts, lambda row: start_of(row["day"], "month")).items():
        added = {name: sum(row[name] for row in those) for name in ("messages", "bytes")}
        totals.update(added)
        owners = len({row["owner_id"] for row in those})
        so_far = {f"{name}_so_far": total for name, total in totals.items()}
        rows.append({"month": month, **added, "owners": owners, **so_far})
    return rows


def storage_by_owner(data: Data, since: datetime, until: datetime, limit: int) -> list[Row]:
    facts = between(daily_threads(data.messages, data.threads), since, until)
    rows = [
        {
            "owner_id": owner,
            "bytes": sum(row["bytes"] for row in those),
            "messages": sum(row["messages"] for row in those),
            "threads": len({row["thread_id"] for row in those}),
        }
        for owner, those in grouped(facts, lambda row: row["owner_id"]).items()
    ]
    return sorted(rows, key=lambda row: (-row["bytes"], row["owner_id"]))[:limit]


def metadata_breakdown(data: Data, since: datetime, until: datetime, key: str, limit: int) -> list[Row]:
    threads = threads_between(data, since, until)
    rows = [
        {
            "value": value,
            "threads": len(those),
            "messages": sum(thread["message_count"] for thread in those),
            "share": share(len(those), len(threads)),
        }
        for value, those in grouped(threads, lambda row: row["meta_data"].get(key)).items()
    ]
    return sorted(rows, key=lambda row: -row["threads"])[:limit]
