"""Pipelines that are written for speed answer like the plain ones that they replaced, for any messages."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.clock import EPOCH
from threadkeep.documents import call_count
from threadkeep.services import AnalyticsOverview
from threadkeep.services.analytics.pipelines import QUESTIONS, contributions
from threadkeep.services.analytics.pipelines.stages import day_before, seconds_between

if TYPE_CHECKING:
    from pymongo.collection import Collection

    from threadkeep import Threadkeep
    from threadkeep.documents import Documents

SINCE, UNTIL = datetime(2026, 10, 2), datetime(2026, 10, 5)  # noqa: DTZ001 - naive UTC, as the driver returns it
ROLES = ("user", "user", "assistant", "assistant", "assistant", "tool", "system", "unknown")
TYPES = ("message", "message", "message", "function_call", "web_search_call", "function_call_output", "x.checkpoint")
OVERVIEW = ("busy_hours", "answer_times", "answer_times_by_hour", "tool_calls", "hand_overs")
NAMES = ("look_up", "grep", None)


def messages(seed: int, count: int = 150) -> list[dict[str, Any]]:
    """Messages as no conversation has them: any role with any type, repeated ids of calls, times that go back."""
    random = Random(seed)  # noqa: S311  the same messages for each seed
    return [_message(random, number) for number in range(count)]


def _message(random: Random, number: int) -> dict[str, Any]:
    role = random.choice(ROLES)
    row = {
        "_id": f"message_{number}",
        "thread_id": f"thread_{random.randrange(4)}",
        "seq": number,
        "role": role,
        "type": random.choice(TYPES),
        "content": random.choice(["", "wörter", "two words 🎈"]),
        "sender_id": f"user_{random.randrange(3)}" if role == "user" else role,
        "assistant_id": random.choice([None, "asst_1", "asst_2"]) if role == "assistant" else None,
        "tool_call_id": f"call_{random.randrange(4)}" if role == "tool" else None,
        "status": random.choice(["completed", "incomplete"]),
        "created_at": SINCE + timedelta(hours=random.uniform(-20, 80) + number / 10, microseconds=1000 * number),
    }
    if random.random() < 0.3:
        row["tool_calls"] = [_call(random) for _ in range(random.randrange(3))]
    if random.random() < 0.1:
        row["batch"] = {"id": "deleted", "end": 0}
    if random.random() < 0.05:
        row["covers"] = {"from": 1, "to": 2}
    return row


def _call(random: Random) -> dict[str, Any]:
    return {"id": f"call_{random.randrange(4)}", "function": {"name": random.choice(NAMES)}}


def plain_contributions() -> list[dict[str, Any]]:
    """The result of `contributions`, computed without care for speed."""
    seconds = seconds_between("$before.at", "$created_at")
    is_answer = [{"$eq": ["$role", "assistant"]}, {"$eq": ["$before.role", "user"]}]
    in_a_day = [{"$gte": [seconds, 0]}, {"$lte": [seconds, 86_400]}]
    sender = {name: f"${name}" for name in ("thread_id", "role", "assistant_id", "sender_id")}
    counted = {"characters": {"$strLenCP": "$content"}, "tool_calls": call_count(), "bytes": {"$bsonSize": "$$ROOT"}}
    return [
        {
            "$match": {
                "created_at": {"$gte": day_before(SINCE), "$lt": UNTIL},
                "batch": None,
                "covers": None,
                "thread_id": {"$nin": ["thread_3"]},
                "$nor": [{"role": "unknown", "type": {"$ne": "message"}}],
            }
        },
        {"$set": counted},
        {
            "$setWindowFields": {
                "partitionBy": {"thread": "$thread_id", "speaks": {"$in": ["$role", ["user", "assistant"]]}},
                "sortBy": {"seq": 1},
                "output": {"before": {"$shift": {"output": {"role": "$role", "at": "$created_at"}, "by": -1}}},
            }
        },
        {"$match": {"created_at": {"$gte": SINCE}}},
        {
            "$group": {
                "_id": {"day": {"$dateTrunc": {"date": "$created_at", "unit": "day"}}, **sender},
                "messages": {"$sum": 1},
                **{name: {"$sum": f"${name}"} for name in counted},
                "seconds": {"$push": {"$cond": [{"$and": is_answer + in_a_day}, seconds, "$$REMOVE"]}},
            }
        },
    ]


def rows_of(collection: Collection[dict[str, Any]], pipeline: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = [row | {"seconds": sorted(row["seconds"])} for row in collection.aggregate(pipeline)]
    return sorted(rows, key=lambda row: str(row["_id"]))


@pytest.mark.parametrize("seed", range(3))
def test_contributions_are_those_of_the_plain_pipeline(seed: int, mongo: Any, database_name: str) -> None:
    collection = mongo[database_name]["rows"]
    collection.insert_many(messages(seed))

    found = rows_of(collection, contributions(SINCE, UNTIL, ["thread_3"]))

    assert found == rows_of(collection, plain_contributions())
    assert any(row["seconds"] for row in found)
    assert any(row["tool_calls"] for row in found)
    collection.drop()


@pytest.mark.parametrize("seed", range(3))
async def test_the_overview_answers_like_each_question(seed: int, keep: Threadkeep, documents: Documents) -> None:
    written: list[Any] = messages(seed)
    await documents.database["messages"].insert_many(written, bypass_document_validation=True)
    zone = {"zone": "Asia/Kolkata"}
    service = keep.analytics_service

    found = await AnalyticsOverview(keep.runtime).of_messages(SINCE, UNTIL, **zone)

    separate: dict[str, list[Any]] = {
        "busy_hours": await service.busy_hours(SINCE, UNTIL, **zone),
        "answer_times": await service.answer_times(SINCE, UNTIL),
        "answer_times_by_hour": await service.answer_times_by_hour(SINCE, UNTIL, **zone),
        "tool_calls": await service.tool_calls(SINCE, UNTIL),
        "hand_overs": await service.hand_overs(SINCE, UNTIL),
    }
    assert all(separate.values())
    assert {name: list(getattr(found, name)) for name in OVERVIEW} == {n: list(rows) for n, rows in separate.items()}


@pytest.mark.parametrize("question", [name for name, each in QUESTIONS.items() if each.collection == "messages"])
def test_the_first_stage_has_no_alternatives(question: str) -> None:
    """The embedded server uses no index for a filter with `$or` or `$nor`, and reads all messages."""
    known = {
        "since": SINCE,
        "until": UNTIL,
        "asked_since": EPOCH,
        "zone": "UTC",
        "unit": "day",
        "deleted": ["thread_3"],
    }

    first, *_ = QUESTIONS[question].pipeline(**{name: known[name] for name in QUESTIONS[question].parameters})

    assert not [name for name in first["$match"] if name.startswith("$")]
    assert next(iter(first["$match"])) == "created_at"


def test_the_daily_facts_of_a_day_read_its_messages_by_the_index() -> None:
    first, *_ = contributions(SINCE, UNTIL, [])

    assert not [name for name in first["$match"] if name.startswith("$")]
