from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, get_type_hints
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from pymongo import ReadPreference
from pymongo.asynchronous.collection import AsyncCollection

from threadkeep import Threadkeep
from threadkeep.errors import Forbidden, InvalidInput, Unavailable
from threadkeep.services import AnalyticsService, Caller
from threadkeep.services.maintenance.leases import Leaseholder
from threadkeep.settings import Limits
from threadkeep.tests.faults.fail_points import failing
from threadkeep.tests.services.analytics import plain_messages, plain_threads, plain_users

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pymongo import AsyncMongoClient, MongoClient

    from threadkeep.tests.services.analytics.conversations import Conversations

OCTOBER = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
PLAIN = {**vars(plain_users), **vars(plain_threads), **vars(plain_messages)}
METHODS: dict[str, tuple[str, dict[str, Any]]] = {
    "activity": ("activity", {"unit": "week", "zone": "Europe/Berlin"}),
    "active_users": ("active_users_a_period", {"unit": "month"}),
    "new_and_returning_users": ("new_and_returning_users", {}),
    "stickiness": ("stickiness", {}),
    "retention": ("retention", {}),
    "days_of_activity": ("days_of_activity", {}),
    "messages": ("messages_a_day", {}),
    "active_threads": ("threads_a_day", {}),
    "new_threads": ("new_threads", {"unit": "day", "zone": "America/New_York"}),
    "busy_hours": ("busy_hours", {"zone": "Asia/Kolkata"}),
    "answer_times": ("answer_times_by_assistant", {}),
    "answer_times_by_hour": ("answer_times_by_hour", {"zone": "UTC"}),
    "answer_times_by_day": ("answer_times_a_day", {}),
    "given_up": ("incomplete_messages", {}),
    "thread_lengths": ("thread_lengths", {}),
    "thread_durations": ("thread_durations", {}),
    "drop_off": ("drop_off", {}),
    "unanswered": ("unanswered", {"hours": 0, "limit": 5}),
    "longest_threads": ("longest_threads", {"limit": 5}),
    "busiest_threads": ("busiest_threads", {"limit": 5}),
    "similar_questions": ("similar_first_questions", {"limit": 5}),
    "metadata": ("metadata_breakdown", {"key": "channel", "limit": 5}),
    "tool_calls": ("tool_calls", {}),
    "shared_threads": ("shared_threads", {}),
    "hand_overs": ("hand_overs", {}),
    "growth": ("growth", {}),
    "storage": ("storage_by_owner", {"limit": 5}),
}

on_one_loop = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def analytics(sample: Conversations, mongo_url: str) -> AsyncIterator[AnalyticsService]:
    """Opened once for the module: its tests therefore run on one event loop."""
    async with Threadkeep.connect(mongo_url, database=sample.database.name, sweep_seconds=None) as keep:
        yield keep.analytics_service


def as_answered(name: str, value: Any, zone: str) -> Any:
    """Return a value of plain Python as an answer renders it."""
    if isinstance(value, float):
        return pytest.approx(value, abs=0.0011)
    if not isinstance(value, datetime):
        return value
    if name in {"day", "month", "cohort"}:
        return f"{value:%Y-%m-%d}"
    return value.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).isoformat()


@on_one_loop
@pytest.mark.parametrize("name", METHODS)
async def test_an_answer_equals_plain_python_and_has_the_declared_keys(
    name: str, sample: Conversations, analytics: AnalyticsService
) -> None:
    plain, options = METHODS[name]
    since, until = (moment.replace(tzinfo=None) for moment in OCTOBER)
    known = {"asked_since": since - timedelta(days=1)} if plain.startswith("answer_times_by") else {}
    known |= {option: value for option, value in options.items() if option != "hours"}

    answer = await getattr(analytics, name)(since=OCTOBER[0], until=OCTOBER[1], **options)

    zone = options.get("zone", "UTC")
    rows = PLAIN[plain](sample.data, since=since, until=until, **known)
    assert answer == [{key: as_answered(key, value, zone) for key, value in row.items()} for row in rows]
    assert all(row.keys() == get_type_hints(type(row)).keys() for row in answer)
    assert (answer.since, answer.until) == ("2026-10-01T00:00:00+00:00", "2026-11-01T00:00:00+00:00")


def test_every_question_is_tested() -> None:
    asked = {name for name in vars(AnalyticsService) if not name.startswith("_")}

    assert asked == set(METHODS)


@on_one_loop
async def test_an_answer_is_read_by_attribute_and_as_a_list(analytics: AnalyticsService) -> None:
    lengths = await analytics.thread_lengths(*OCTOBER)

    assert lengths[0].at_least == lengths.data[0]["at_least"]
    assert lengths.to_list() == [dict(row) for row in lengths]
    assert lengths.envelope() == {
        "object": "list",
        "data": lengths,
        "since": lengths.since,
        "until": lengths.until,
        "as_of": None,
    }


@on_one_loop
async def test_the_default_period_is_the_last_30_days(analytics: AnalyticsService) -> None:
    answer = await analytics.thread_lengths()

    since, until = (datetime.fromisoformat(moment) for moment in (answer.since, answer.until))
    assert until - since == timedelta(days=30)
    assert datetime.now(UTC) - until < timedelta(minutes=1)


@on_one_loop
async def test_a_question_by_day_begins_with_a_whole_day(analytics: AnalyticsService) -> None:
    answer = await analytics.messages(datetime(2026, 10, 7, 15, 30, tzinfo=UTC), datetime(2026, 10, 8, 1, tzinfo=UTC))

    assert {row.day for row in answer} == {"2026-10-07", "2026-10-08"}


@pytest.mark.parametrize("caller", [Caller("admin"), Caller("service")])
async def test_admin_and_service_callers_may_read_analytics(keep: Threadkeep, caller: Caller) -> None:
    assert await keep.acting_as(caller).analytics_service.thread_lengths() == []


async def test_a_user_caller_may_not_read_analytics(keep: Threadkeep) -> None:
    with pytest.raises(Forbidden, match="read analytics"):
        await keep.acting_as(Caller("user", "user_1")).analytics_service.activity()


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"unit": "year"}, "unit"),
        ({"since": OCTOBER[1], "until": OCTOBER[0]}, ""),
    ],
)
async def test_an_invalid_parameter_is_refused(keep: Threadkeep, parameters: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await keep.analytics_service.activity(**parameters)

    assert [".".join(map(str, problem["loc"])) for problem in caught.value.problems] == [field]


class TestFacts:
    """Questions that are answered from the daily facts."""

    async def test_facts_are_updated_before_the_answer(self, keep: Threadkeep) -> None:
        ada = await keep.user_service.create_user()
        thread = await keep.thread_service.create_thread([ada.id])
        await keep.message_service.create_message(thread.id, "hello")

        answer = await keep.analytics_service.active_users()

        assert [row.users for row in answer] == [1]
        assert answer.as_of is not None

    async def test_fresh_facts_are_not_computed_again(self, keep: Threadkeep) -> None:
        first = await keep.analytics_service.messages()
        await keep.thread_service.create_thread(messages=[{"content": "a moment later"}])

        second = await keep.analytics_service.messages()

        assert (second, second.as_of) == (first, first.as_of)

    async def test_a_question_during_the_first_computation_raises_unavailable(self, keep: Threadkeep) -> None:
        """Another process computes the facts for the first time, so there is no complete answer yet."""
        await Leaseholder(keep.runtime.documents, "rollups").take()

        with pytest.raises(Unavailable, match="for the first time"):
            await keep.analytics_service.messages()

    async def test_older_facts_answer_while_another_process_computes_them(self, keep: Threadkeep) -> None:
        first = await keep.analytics_service.messages()
        rollups = keep.runtime.documents.database["rollups"]
        await rollups.update_one({}, [{"$set": {"as_of": {"$subtract": ["$as_of", 3_600_000]}}}])
        await Leaseholder(keep.runtime.documents, "rollups").take()

        second = await keep.analytics_service.messages()

        assert first.as_of is not None
        assert second.as_of is not None
        assert second.as_of < first.as_of


async def test_a_question_reads_from_secondaries_and_names_itself_in_a_comment(
    keep: Threadkeep, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {}
    aggregate = AsyncCollection.aggregate

    async def recording(self: AsyncCollection[Any], *args: Any, **options: Any) -> Any:
        if self.database.name == keep.runtime.documents.database.name:
            asked[options["comment"]] = self.read_preference
        return await aggregate(self, *args, **options)

    monkeypatch.setattr(AsyncCollection, "aggregate", recording)
    await keep.analytics_service.busy_hours()

    assert asked == {"threadkeep analytics: busy_hours": ReadPreference.SECONDARY_PREFERRED}


@pytest.mark.usefixtures("slow")
async def test_a_question_above_its_time_limit_raises_unavailable(
    mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str
) -> None:
    limits = Limits(max_analytics_seconds=0.2)
    async with Threadkeep(mongo_client, database=database_name, sweep_seconds=None, limits=limits) as keep:
        with pytest.raises(Unavailable, match=r"longer than 0\.2 seconds: ask about a shorter period"):
            await keep.analytics_service.thread_lengths()


async def test_a_cancelled_question_returns_before_the_server_answers(
    keep: Threadkeep, mongo: MongoClient[dict[str, Any]]
) -> None:
    with failing(mongo, "aggregate", blockConnection=True, blockTimeMS=6000):
        asking = asyncio.create_task(keep.analytics_service.thread_lengths())
        await asyncio.sleep(0.2)

        asking.cancel()

        async with asyncio.timeout(3):
            with pytest.raises(asyncio.CancelledError):
                await asking
    assert await keep.thread_service.find_threads() == []


@on_one_loop
async def test_a_cancelled_question_leaves_no_open_cursor(
    analytics: AnalyticsService, mongo: MongoClient[dict[str, Any]]
) -> None:
    """The answer has more rows than the default first batch of a server. Calls are cancelled after several delays."""

    def open_cursors() -> int:
        status = mongo.admin.command("serverStatus")
        return int(status["metrics"]["cursor"]["open"]["total"])

    before = open_cursors()
    for delay in (0.0, 0.01, 0.02, 0.04, 0.08):
        asking = asyncio.create_task(analytics.messages(*OCTOBER))
        await asyncio.sleep(delay)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)

    assert len(await analytics.messages(*OCTOBER)) > 101
    while open_cursors() > before:  # noqa: ASYNC110 - the driver closes the cursor of a cancelled call later
        await asyncio.sleep(0.02)
