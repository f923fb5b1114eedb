"""Lists that are looked for stretch by stretch: the same pages as in one look, and one look as soon as the list is known."""

from __future__ import annotations

import itertools
import os
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
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
    """Store them as they are; their places, in order."""
    await documents.threads.insert_many(rows, bypass_document_validation=True)  # type: ignore[arg-type]  # not all of a thread
    return sorted(
        (row["last_active_at"], row["_id"])
        for row in rows
        if row["deleted_at"] is None and PARTICIPANT in row["participant_ids"]
    )


def scattered() -> list[datetime]:
    """Moments as people make them: one crowd in a millisecond, some a day or years apart, and one ahead of our clock."""
    latest = now()
    crowd = [latest - timedelta(days=30)] * 12
    busy = [latest - timedelta(days=30, seconds=number) for number in range(20)]
    calm = [latest - timedelta(days=number) for number in range(8)]
    return [*crowd, *busy, *calm, latest - timedelta(days=4000), datetime(1970, 1, 1), latest + timedelta(hours=1)]  # noqa: DTZ001 - as stored


@pytest.mark.parametrize("upward", [False, True])
async def test_stretches_find_what_one_look_finds(documents: Documents, *, upward: bool) -> None:
    rows = [row_at(moment, number) for number, moment in enumerate(scattered())]
    rows += [row_at(now() - timedelta(days=30), 900, deleted_at=now()), row_at(now(), 901, participant_ids=["user_2"])]
    places = await store_rows(documents, rows)
    timeline = timeline_of(documents)
    ends = [None, places[0], places[5], places[17], places[-2], places[-1]]
    cases = [*itertools.product(ends, ends, [1, 2, 7, 100])]
    for low, high, count in cases[::2]:  # what is remembered of one look must not spoil another
        within = [one for one in places if (low is None or one > low) and (high is None or one < high)]
        expected = (within if upward else within[::-1])[:count]
        found = await timeline.rows(low, high, count, upward=upward)
        assert [row["_id"] for row in found] == [place[1] for place in expected], (low, high, count)


async def test_a_period_bounds_the_list_with_its_first_moment_and_without_its_last(documents: Documents) -> None:
    moments = [now() - timedelta(days=number) for number in range(5)]
    await store_rows(documents, [row_at(moment, number) for number, moment in enumerate(moments)])
    timeline = timeline_of(documents, since=moments[3], until=moments[1])
    for upward, expected in ((False, ["thread_002", "thread_003"]), (True, ["thread_003", "thread_002"])):
        assert [row["_id"] for row in await timeline.rows(None, None, 10, upward=upward)] == expected


async def test_periods_at_the_ends_of_the_calendar(keep: Threadkeep) -> None:
    thread = await make_thread(keep)
    first, last = datetime(1, 1, 1), datetime(9999, 12, 31, 23, 59, 59, 999_999)  # noqa: DTZ001 - without a zone is UTC
    for order in ("asc", "desc"):
        page = await keep.thread_service.find_threads(active_after=first, active_before=last, order=order)
        assert [one.id for one in page] == [thread.id]
        assert not list(await keep.thread_service.find_threads(active_after=last, order=order))
        assert not list(await keep.thread_service.find_threads(active_before=first, order=order))


async def test_what_moves_up_while_it_is_looked_for_is_there_once(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    latest = now()
    await store_rows(documents, [row_at(latest - timedelta(days=number), number) for number in range(4)])
    read = vars(Timeline)["_read"]

    async def read_and_move(self: Timeline, *places: Any, **given: Any) -> tuple[list[Any], bool]:
        rows, cut = await read(self, *places, **given)
        if rows:
            await documents.threads.update_one({"_id": rows[0]["_id"]}, {"$set": {"last_active_at": latest}})
        return rows, cut

    monkeypatch.setattr(Timeline, "_read", read_and_move)
    start = (latest - timedelta(days=3, seconds=1), "")
    found = await timeline_of(documents).rows(start, None, 10, upward=True)
    assert [row["_id"] for row in found] == ["thread_003", "thread_002", "thread_001", "thread_000"]


class Looks(CommandListener):
    """The ranges of time that lists were read in."""

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
def looks() -> Looks:
    return Looks()


@pytest.fixture
async def watched(mongo_url: str, database_name: str, looks: Looks) -> AsyncIterator[Documents]:
    async with (
        AsyncMongoClient[dict[str, Any]](mongo_url, event_listeners=[looks]) as client,
        Threadkeep(client, database=database_name, sweep_seconds=None) as keep,
    ):
        yield keep.runtime.documents


async def test_a_list_that_is_known_takes_one_look_at_little_more_than_it_shows(
    watched: Documents, looks: Looks
) -> None:
    hour = timedelta(hours=1)
    places = await store_rows(watched, [row_at(now() - hour * number, number) for number in range(200)])
    timeline = timeline_of(watched)
    for high in (None, places[100]):
        await timeline.rows(None, high, 10, upward=False)
        looks.ranges.clear()
        await timeline.rows(None, high, 10, upward=False)
        (range_,) = looks.ranges
        read = [moment for moment, _ in places if range_["$gte"] <= moment <= range_.get("$lte", moment)]
        assert 10 <= len(read) <= 20


async def test_a_list_that_nobody_has_looked_at_is_approached_with_care(watched: Documents, looks: Looks) -> None:
    hour = timedelta(hours=1)
    places = await store_rows(watched, [row_at(now() - hour * number, number) for number in range(200)])
    await timeline_of(watched).rows(None, None, 10, upward=False)
    assert 2 < len(looks.ranges) < 10
    assert all(sum(range_["$gte"] <= moment for moment, _ in places) <= 100 for range_ in looks.ranges)


async def test_a_short_list_is_taken_whole_until_it_is_long(watched: Documents, looks: Looks) -> None:
    timeline = timeline_of(watched)
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(3)])
    await timeline.rows(None, None, 10, upward=False)
    looks.ranges.clear()
    assert len(await timeline.rows(None, None, 10, upward=False)) == 3
    assert looks.ranges == [None]
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(3, 100)])
    await timeline.rows(None, None, 10, upward=False)
    looks.ranges.clear()
    await timeline.rows(None, None, 10, upward=False)
    assert [range_["$gte"] > now() - timedelta(days=20) for range_ in looks.ranges] == [True]


async def test_few_in_a_period_do_not_make_a_list_short(watched: Documents, looks: Looks) -> None:
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(30)])
    timeline = timeline_of(watched)
    lately = (now() - timedelta(days=2, hours=1), "")
    assert len(await timeline.rows(lately, None, 10, upward=False)) == 3
    looks.ranges.clear()
    await timeline.rows(None, None, 10, upward=False)
    assert all(range_ is not None for range_ in looks.ranges)


async def test_what_failed_is_approached_with_care_again(
    watched: Documents, looks: Looks, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeline = timeline_of(watched)
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(30)])
    await timeline.rows(None, None, 10, upward=False)
    careful = len(looks.ranges)
    with monkeypatch.context() as broken:
        broken.setattr(Timeline, "_read", None)
        with pytest.raises(TypeError):
            await timeline.rows(None, None, 10, upward=False)
    looks.ranges.clear()
    await timeline.rows(None, None, 10, upward=False)
    assert len(looks.ranges) == careful


async def test_a_server_that_sorts_by_index_is_asked_once(watched: Documents, looks: Looks) -> None:
    await store_rows(watched, [row_at(now() - timedelta(days=number), number) for number in range(30)])
    found = await timeline_of(watched, needed=False).rows(None, None, 10, upward=False)
    assert [row["_id"] for row in found] == [f"thread_{number:03}" for number in range(10)]
    assert looks.ranges == [None]


async def test_a_list_without_an_index_in_its_order_is_taken_whole(watched: Documents, looks: Looks) -> None:
    await watched.threads.insert_many(
        [row_at(now() - timedelta(days=number), number, owner_id=PARTICIPANT) for number in range(30)],  # type: ignore[misc]  # not all of a thread
        bypass_document_validation=True,
    )
    timeline = Timeline(
        watched.threads, Thread.Settings.indexes, "created_at", {"owner_id": PARTICIPANT}, {}, TimeWindows(needed=True)
    )
    found = await timeline.rows(None, None, 10, upward=False)
    assert [row["_id"] for row in found] == [f"thread_{number:03}" for number in range(10)]
    assert looks.ranges == [None]


async def test_only_a_server_that_says_that_it_sorts_is_read_in_stretches(documents: Documents) -> None:
    embedded = "THREADKEEP_TEST_MONGODB_URL" not in os.environ
    assert await sorts_by_index(documents.database) is not embedded
    assert await sorts_by_index(mongomock_client()["any"]) is True
