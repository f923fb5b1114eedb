"""The answers of docs/analytics.md about messages, assistants and tools, computed in plain Python."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

from threadkeep.tests.services.analytics.plain import Row, answers, daily_messages, grouped, percentile, share
from threadkeep.tests.services.analytics.plain_threads import histories, local, start_in
from threadkeep.tests.services.analytics.plain_users import between

if TYPE_CHECKING:
    from collections.abc import Callable

    from threadkeep.tests.services.analytics.plain import Data

NO_USER = (None, "deleted_user")


def messages_between(data: Data, since: datetime, until: datetime) -> list[Row]:
    return between(data.messages, since, until, "created_at")


def messages_a_day(data: Data, since: datetime, until: datetime) -> list[Row]:
    columns = ("day", "role", "assistant_id", "messages", "threads", "characters", "tool_calls")
    return [{name: row[name] for name in columns} for row in between(daily_messages(data.messages), since, until)]


def activity(data: Data, since: datetime, until: datetime, unit: str, zone: str) -> list[Row]:
    return [
        {
            "start": start,
            "messages": len(rows),
            "user_messages": len(wrote := [row for row in rows if row["role"] == "user"]),
            "users": len({row["sender_id"] for row in wrote}.difference(NO_USER)),
            "threads": len({row["thread_id"] for row in rows}),
        }
        for start, rows in grouped(
            messages_between(data, since, until), lambda row: start_in(row["created_at"], unit, zone)
        ).items()
    ]


def busy_hours(data: Data, since: datetime, until: datetime, zone: str) -> list[Row]:
    moments = [local(row["created_at"], zone) for row in messages_between(data, since, until) if row["role"] == "user"]
    counts = Counter((moment.isoweekday(), moment.hour) for moment in moments)
    return [{"weekday": day, "hour": hour, "messages": count} for (day, hour), count in sorted(counts.items())]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def _times(data: Data, since: datetime, until: datetime, name: str, key: Callable[[Row], Any]) -> list[Row]:
    answered = [row | {"took": took} for row, took in answers(data.messages) if since <= row["created_at"] < until]
    rows = []
    for value, those in grouped(answered, key).items():
        took = [row["took"] for row in those]
        ranks = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
        rows.append(
            {
                name: value,
                "answers": len(took),
                **{each: _rounded(percentile(took, rank)) for each, rank in ranks.items()},
            }
        )
    return rows


def answer_times_by_assistant(data: Data, since: datetime, until: datetime, asked_since: datetime) -> list[Row]:
    assert asked_since == since - timedelta(days=1)
    return _times(data, since, until, "assistant_id", lambda row: row["assistant_id"])


def answer_times_by_hour(data: Data, since: datetime, until: datetime, asked_since: datetime, zone: str) -> list[Row]:
    assert asked_since == since - timedelta(days=1)
    return _times(data, since, until, "hour", lambda row: local(row["created_at"], zone).hour)


def answer_times_a_day(data: Data, since: datetime, until: datetime) -> list[Row]:
    return [
        {
            "day": row["day"],
            "assistant_id": row["assistant_id"],
            "answers": row["answers"],
            "mean": round(row["answer_seconds"] / row["answers"], 3),
            **{name: _rounded(row[f"answer_{name}"]) for name in ("p50", "p90", "p99")},
        }
        for row in between(daily_messages(data.messages), since, until)
        if row["answers"]
    ]


def tool_calls(data: Data, since: datetime, until: datetime) -> list[Row]:
    rows = messages_between(data, since, until)
    calls: dict[tuple[str, str], Row] = {}
    for row in rows:
        for call in row.get("tool_calls", ()):
            calls[row["thread_id"], call["id"]] = {"tool": call["function"]["name"], "at": row["created_at"]}
    for row in rows:
        if row["role"] == "tool" and (row["thread_id"], row["tool_call_id"]) in calls:
            call = calls[row["thread_id"], row["tool_call_id"]]
            call |= {"took": (row["created_at"] - call["at"]) / timedelta(seconds=1), "status": row["status"]}
    found = []
    for tool, those in grouped(calls.values(), lambda call: call["tool"]).items():
        took = [call["took"] for call in those if "took" in call]
        failed = sum(call.get("status") == "incomplete" for call in those)
        found.append(
            {
                "tool": tool,
                "calls": len(those),
                "answered": len(took),
                "failed": failed,
                "failure_share": share(failed, len(those)),
                "p50": _rounded(percentile(took, 0.5)),
                "p90": _rounded(percentile(took, 0.9)),
            }
        )
    return sorted(found, key=lambda row: (-row["calls"], row["tool"]))


def incomplete_messages(data: Data, since: datetime, until: datetime) -> list[Row]:
    rows = []
    from_assistants = [row for row in messages_between(data, since, until) if row["role"] == "assistant"]
    for assistant, those in grouped(from_assistants, lambda row: row["assistant_id"]).items():
        left = sum(row["status"] == "incomplete" for row in those)
        rows.append(
            {"assistant_id": assistant, "messages": len(those), "incomplete": left, "share": share(left, len(those))}
        )
    return rows


def _assistants(data: Data, since: datetime, until: datetime) -> dict[str, list[str]]:
    """Return the assistants of each thread's messages, in order."""
    return {
        thread: [
            row["assistant_id"]
            for row in rows
            if row["role"] == "assistant" and row["assistant_id"] and since <= row["created_at"] < until
        ]
        for thread, rows in histories(data).items()
    }


def shared_threads(data: Data, since: datetime, until: datetime) -> list[Row]:
    pairs = Counter(
        pair for those in _assistants(data, since, until).values() for pair in combinations(sorted({*those}), 2)
    )
    return [
        {"one": one, "other": other, "threads": count}
        for (one, other), count in sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    ]


def hand_overs(data: Data, since: datetime, until: datetime) -> list[Row]:
    steps = [
        {"before": before, "after": after, "thread": thread}
        for thread, those in _assistants(data, since, until).items()
        for before, after in pairwise(those)
        if before != after
    ]
    rows = [
        {"before": before, "after": after, "hand_overs": len(those), "threads": len({step["thread"] for step in those})}
        for (before, after), those in grouped(steps, lambda step: (step["before"], step["after"])).items()
    ]
    return sorted(rows, key=lambda row: (-row["hand_overs"], row["before"], row["after"]))
