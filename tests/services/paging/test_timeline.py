"""Lists in time windows: the pages equal those of one query, and a second read of a list takes one query."""

from __future__ import annotations

import itertools
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymongo import AsyncMongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from threadkeep import Threadkeep
from threadkeep.clock import now
from threadkeep.documents import Documents, Thread, sorts_by_index
from threadkeep.services import TimeWindows
from threadkeep.services.paging.timeline import Timeline
from threadkeep.testing import mongomock_client
from threadkeep.tests.factories import make_thread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from threadkeep.services.paging.cursors import Position

PARTICIPANT = "user_1"


def timeline_of(documents: Documents, *, needed: bool = True, **changes: Any) -> Timeline:
    return Timeline(
        documents.threads,
        Thread.Settings.indexes,
        "last_active_at",
        {"participant_ids": PARTICIPANT},
        {"deleted_at": None},
        TimeWindows(needed=needed),
        **changes,
    )


def row_at(moment: datetime, number: int, **changes: Any) -> dict[str, Any]:
    active = {"created_at": moment, "last_active_at": moment}
    return {"_id": f"thread_{number:03}", "participant_ids": [PARTICIPANT], "deleted_at": None, **active, **changes}


async def store_rows(documents: Documents, rows: list[dict[str, Any]]) -> list[Position]:
    """Store the rows without validation. Returns the positions of the rows that belong to the list, in order."""
    await documents.threads.insert_many(rows, bypass_document_validation=True)  # type: ignore[arg-type]  # not all fields of a thread
    return sorted(
        (row["last_active_at"], row["_id"])
        for row in rows
        if row["deleted_at"] is None and PARTICIPANT in row["participant_ids"]
    )


def scattered() -> list[datetime]:
    """Return moments as in real lists: several in one millisecond, some days or years apart, and one in the future."""
    latest = now()
    same_millisecond = [latest - timedelta(days=30)] * 12
    seconds_apart = [latest - timedelta(days=30, seconds=number) for number in range(20)]
    days_apart = [latest - timedelta(days=number) for number in range(8)]
    return [
        *same_millisecond,
        *seconds_apart,
        *days_apart,
        latest - timedelta(days=4000),
        datetime(1970, 1, 1),  # noqa: DTZ001 - as stored
        latest + timedelta(hours=1),
    ]


@pytest.mark.parametrize("upward", [False, True])
async def test_time_windows_find_the_rows_that_one_query_finds(documents: Documents, *, upward: bool) -> None:
    rows = [row_at(moment, number) for number, moment in enumerate(scattered())]
    rows += [row_at(now() - timedelta(days=30), 900, deleted_at=now()), row_at(now(), 901, participant_ids=["user_2"])]
    positions = await store_rows(documents, rows)
    timeline = timeline_of(documents)
    ends = [None, positions[0], positions[5], positions[17], positions[-2], positions[-1]]
    cases = [*itertools.product(ends, ends, [1, 2, 7, 100])]
    # All reads use one timeline: the densities that it caches in one read must not change the result of another.
    for low, high, count in cases[::2]:
        within = [one for one in positions if (low is None or one > low) and (high is None or one < high)]
        expected = (within if upward else within[::-1])[:count]
        found = await timeline.rows(low, high, count, upward=upward)
        assert [row["_id"] for row in found] == [position[1] for position in expected], (low, high, count)


async def test_a_window_whose_width_has_parts_of_milliseconds_ends_before_the_end_of_the_read(
    documents: Documents,
) -> None:
    """The first read learns a mean time of 33 ms. So the second one begins with a window of 148.5 ms, and ends after 149 ms."""
    latest, passed = now() - timedelta(days=1), (0, 33, 66, 1000, 1100, 1149)
    rows = [row_at(latest - timedelta(milliseconds=time), number) for number, time in enumerate(passed)]
    oldest, *_ = positions = await store_rows(documents, rows)
    timeline = timeline_of(documents)

    newest = await timeline.rows(None, None, 3, upward=False)
    found = await timeline.rows(oldest, positions[2], 3, upward=False)

    assert [row["_id"] for row in newest] == ["thread_000", "thread_001", "thread_002"]
    assert [row["_id"] for row in found] == ["thread_004"]


@given(
    gap=st.timedeltas(timedelta(milliseconds=10), timedelta(seconds=1)),
    start=st.integers(0, 10**9),
    count=st.integers(2, 20),
    upward=st.booleans(),
)
def test_windows_begin_and_end_with_a_millisecond(gap: timedelta, start: int, count: int, *, upward: bool) -> None:
    windows, first = TimeWindows(needed=True), now() - timedelta(days=30, milliseconds=start)
    windows.learn(1, None, [first, first - gap * (count - 1)], 2, upward=False)

    edges = [*windows.edges(1, first, count, upward=upward)]

    assert all(edge.microsecond % 1000 == 0 for edge in edges)
    assert sorted(set(edges), reverse=not upward) == edges


async def test_a_period_includes_its_first_moment_and_excludes_its_last(documents: Documents) -> None:
    moments = [now() - timedelta(days=number) for number in range(5)]
    await store_rows(documents, [row_at(moment, number) for number, moment in enumerate(moments)])
    timeline = timeline_of(documents, since=moments[3], until=moments[1])
    for upward, expected in ((False, ["thread_002", "thread_003"]), (True, ["thread_003", "thread_002"])):
        assert [row["_id"] for row in await timeline.rows(None, None, 10, upward=upward)] == expected


async def test_a_bound_between_two_milliseconds_lies_after_the_first_one(keep: Threadkeep) -> None:
    thread = await make_thread(keep)
    row: Any = await keep.runtime.documents.threads.find_one({"_id": thread.id})
    between = row["created_at"] + timedelta(microseconds=400)
    for sort, name in (("created", "created"), ("active", "active"), ("active", "created")):
        after: Any = {f"{name}_after": between, "sort": sort}
        before: Any = {f"{name}_before": between, "sort": sort}
        assert list(await keep.thread_service.find_threads(**after)) == []
        assert [one.id for one in await keep.thread_service.find_threads(**before)] == [thread.id]


async def test_periods_at_the_limits_of_datetime_are_accepted(keep: Threadkeep) -> None:
    thread = await make_thread(keep)
    first, last = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001 - a time without a zone is UTC
    for order in ("asc", "desc"):
        page = await keep.thread_service.find_threads(active_after=first, active_before=last, order=order)
        assert [one.id for one in page] == [thread.id]
        assert not list(await keep.thread_service.find_threads(active_after=last, order=order))
        assert not list(await keep.thread_service.find_threads(active_before=first, order=order))


async def test_a_thread_that_becomes_active_during_a_read_is_returned_once(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = now()
    await store_rows(documents, [row_at(latest - timedelta(days=number), number) for number in range(4)])
    read = vars(Timeline)["_read"]

    async def read_and_move(self: Timeline, *positions: Any, **given: Any) -> tuple[list[Any], bool]:
        rows, cut = await read(self, *positions, **given)
        if rows:
            await documents.threads.update_one({"_id": rows[0]["_id"]}, {"$set": {"last_active_at": latest}})
        return rows, cut

    monkeypatch.setattr(Timeline, "_read", read_and_move)
    start = (latest - timedelta(days=3, seconds=1), "")
    found = await timeline_of(documents).rows(start, None, 10, upward=True)
    assert [row["_id"] for row in found] == ["thread_003", "thread_002", "thread_001", "thread_000"]


class ReadRanges(CommandListener):
    """Records the time ranges of the queries of lists."""

    def __init__(self) -> None:
        self.ranges: list[Any] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "aggregate":
            self.ranges.append(event.command["pipeline"][0]["$match"].get("last_active_at"))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        pass

    def failed(self, event: CommandFailedEvent) -> None:
        pass


@pytest.fixture
def reads() -> ReadRanges:
    return ReadRanges()


@pytest.fixture
async def watched(mongo_url: str, database_name: str, reads: ReadRanges) -> AsyncIterator[Documents]:
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[reads]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        yield keep.runtime.documents


async def test_a_second_read_of_a_list_takes_one_query_of_at_most_twice_the_page(
    watched: Documents, reads: ReadRanges
) -> None:
    hour = timedelta(hours=1)
    positions = await store_rows(watched, [row_at(now() - hour * number, number) for number in range(200)])
    timeline = timeline_of(watched)
    for high in (None, positions[100]):
        await timeline.rows(None, high, 10, upward=False)
        reads.ranges.clear()
        await timeline.rows(None, high, 10, upward=False)
        (range_,) = reads.ranges
        read = [moment for moment, _ in positions if range_["$gte"] <= moment <= range_.get("$lte", moment)]
        assert 10 <= len(read) <= 20


async def test_the_first_read_of_a_list_takes_several_small_queries(watched: Documents, reads: ReadRanges) -> None:
    hour = timedelta(hours=1)
    positions = await store_rows(watched, [row_at(now() - hour * number, number) for number in range(200)])
    await timeline_of(watched).rows(None, None, 10, upward=False)
    assert 2 < len(reads.ranges) < 10
    assert all(sum(range_["$gte"] <= moment for moment, _ in positions) <= 100 for range_ in reads.ranges)


async def test_a_short_list_is_read_whole_until_it_is_long(watched: Documents, reads: ReadRanges) -> None:
    timeline = timeline_of(watched)
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(3)])
    await timeline.rows(None, None, 10, upward=False)
    reads.ranges.clear()
    assert len(await timeline.rows(None, None, 10, upward=False)) == 3
    assert reads.ranges == [None]
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(3, 100)])
    await timeline.rows(None, None, 10, upward=False)
    reads.ranges.clear()
    await timeline.rows(None, None, 10, upward=False)
    assert [range_["$gte"] > now() - timedelta(days=20) for range_ in reads.ranges] == [True]


async def test_few_rows_in_a_period_do_not_mark_a_list_as_short(watched: Documents, reads: ReadRanges) -> None:
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(30)])
    timeline = timeline_of(watched)
    recent = (now() - timedelta(days=2, hours=1), "")
    assert len(await timeline.rows(recent, None, 10, upward=False)) == 3
    reads.ranges.clear()
    await timeline.rows(None, None, 10, upward=False)
    assert all(range_ is not None for range_ in reads.ranges)


async def test_the_first_read_after_an_error_takes_several_small_queries(
    watched: Documents, reads: ReadRanges, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline = timeline_of(watched)
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(30)])
    await timeline.rows(None, None, 10, upward=False)
    query_count = len(reads.ranges)
    with monkeypatch.context() as broken:
        broken.setattr(Timeline, "_read", None)
        with pytest.raises(TypeError):
            await timeline.rows(None, None, 10, upward=False)
    reads.ranges.clear()
    await timeline.rows(None, None, 10, upward=False)
    assert len(reads.ranges) == query_count


async def test_a_server_that_sorts_by_index_gets_one_query(watched: Documents, reads: ReadRanges) -> None:
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(30)])
    found = await timeline_of(watched, needed=False).rows(None, None, 10, upward=False)
    assert [row["_id"] for row in found] == [f"thread_{number:03}" for number in range(10)]
    assert reads.ranges == [None]


async def test_a_list_without_an_index_in_its_order_is_read_whole(watched: Documents, reads: ReadRanges) -> None:
    await watched.threads.insert_many(
        [row_at(now() - timedelta(days=number), number, owner_id=PARTICIPANT) for number in range(30)],  # type: ignore[misc]  # not all fields of a thread
        bypass_document_validation=True,
    )
    timeline = Timeline(
        watched.threads, Thread.Settings.indexes, "created_at", {"owner_id": PARTICIPANT}, {}, TimeWindows(needed=True)
    )
    found = await timeline.rows(None, None, 10, upward=False)
    assert [row["_id"] for row in found] == [f"thread_{number:03}" for number in range(10)]
    assert reads.ranges == [None]


async def test_time_windows_are_used_only_on_a_server_that_sorts_in_memory(documents: Documents) -> None:
    embedded = "THREADKEEP_TEST_MONGODB_URL" not in os.environ
    assert await sorts_by_index(documents.database) is not embedded
    assert await sorts_by_index(mongomock_client()["any"]) is True
