from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.transfer.demo import Demo, generate

if TYPE_CHECKING:
    from threadkeep.transfer.demo import Conversation

UNTIL = datetime(2026, 11, 22, tzinfo=UTC)
END = UNTIL.replace(tzinfo=None)


def conversations(messages: int, seed: int = 1, days: int = 90) -> list[Conversation]:
    return list(generate(Demo(messages, seed, days, UNTIL)).conversations)


@pytest.fixture(scope="module")
def threads() -> list[Conversation]:
    return conversations(20_000)


@pytest.fixture(scope="module")
def messages(threads: list[Conversation]) -> list[Any]:
    return [row for _, rows in threads for row in rows]


@pytest.mark.parametrize("count", [100, 101, 999, 5000])
def test_a_demo_has_exactly_the_requested_number_of_messages(count: int) -> None:
    assert sum(len(rows) for _, rows in conversations(count)) == count


def test_a_demo_depends_only_on_its_seed() -> None:
    assert conversations(500) == conversations(500)
    assert generate(Demo(500, until=UNTIL)).users == generate(Demo(500, until=UNTIL)).users
    assert conversations(500) != conversations(500, seed=2)


def test_a_demo_is_the_same_on_every_machine_and_in_every_version() -> None:
    contents = [(row["_id"], row["content"], row["created_at"]) for _, rows in conversations(300) for row in rows]

    assert blake2b(repr(contents).encode(), digest_size=8).hexdigest() == "e0b4cc15fba7bc5d"


def test_ids_are_unique_and_have_the_prefix_of_their_noun(threads: list[Conversation], messages: list[Any]) -> None:
    assert len({row["_id"] for row in messages}) == len(messages)
    assert len({thread["_id"] for thread, _ in threads}) == len(threads)
    assert {len(row["_id"]) for row in messages} == {len("message_") + 22}
    assert {row["_id"].partition("_")[0] for row in messages} == {"message"}


def test_messages_are_in_order_and_within_the_period_of_the_demo(threads: list[Conversation]) -> None:
    for thread, rows in threads:
        times = [row["created_at"] for row in rows]
        assert [row["seq"] for row in rows] == [*range(1, len(rows) + 1)]
        assert times == sorted(times)
        assert thread["created_at"] < times[0]
        assert times[-1] < END
    assert min(thread["created_at"] for thread, _ in threads) > END - timedelta(days=100)


def test_threads_have_the_summary_of_their_messages(threads: list[Conversation]) -> None:
    for thread, rows in threads:
        assert thread["message_count"] == thread["last_seq"] == len(rows)
        assert thread["last_message_at"] == thread["last_active_at"] == rows[-1]["created_at"]
        senders = {row["sender_id"] for row in rows if row["role"] == "user"}
        assert senders <= {*thread["participant_ids"]}


def test_lengths_are_heavy_tailed(threads: list[Conversation]) -> None:
    lengths = sorted((len(rows) for _, rows in threads), reverse=True)

    assert median(lengths) < 10
    assert lengths[0] > 200
    assert sum(lengths[: len(lengths) // 10]) > sum(lengths) * 0.35


def test_activity_differs_by_hour_and_weekday(threads: list[Conversation], messages: list[Any]) -> None:
    hours = Counter(row["created_at"].hour for row in messages)
    weekdays = Counter(thread["created_at"].weekday() for thread, _ in threads)

    assert hours[14] > 1.6 * hours[4]
    assert min(weekdays[day] for day in range(4)) > 1.3 * max(weekdays[5], weekdays[6])


def test_users_return_after_long_pauses(threads: list[Conversation]) -> None:
    pauses = [later["created_at"] - earlier["created_at"] for _, rows in threads for earlier, later in pairwise(rows)]

    assert sum(pause > timedelta(hours=12) for pause in pauses) > 100
    assert min(pauses) >= timedelta(0)


def test_tools_are_called_and_sometimes_fail(threads: list[Conversation], messages: list[Any]) -> None:
    results = [row for row in messages if row["role"] == "tool"]
    failed = [row for row in results if row["status"] == "incomplete"]

    assert len(results) > 1000
    assert 0.01 < len(failed) / len(results) < 0.15
    for _, rows in threads:
        for call, result in pairwise(rows):
            if result["role"] == "tool":
                assert result["tool_call_id"] == call["tool_calls"][0]["id"]
                assert result["run_id"] == call["run_id"]


def test_some_threads_have_hand_overs_and_some_end_unanswered(threads: list[Conversation]) -> None:
    ids = [{row["assistant_id"] for row in rows if row["assistant_id"]} for _, rows in threads]
    unanswered = sum(rows[-1]["role"] == "user" for _, rows in threads)

    assert sum(len(names) > 1 for names in ids) > 20
    assert 0.04 < unanswered / len(threads) < 0.2


def test_a_new_assistant_starts_in_the_middle_of_the_period(messages: list[Any]) -> None:
    first: dict[str | None, datetime] = {}
    for row in messages:
        first.setdefault(row["assistant_id"], row["created_at"])

    assert first["asst_helpdesk"] < END - timedelta(days=85)
    assert END - timedelta(days=45) < first["asst_tutor"] < END - timedelta(days=30)
