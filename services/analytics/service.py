"""Analytics: questions about all conversations. For admins and services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import explains_arguments
from ...inputs import MetadataQuery, UnitQuery, WaitingQuery, ZonedUnitQuery, ZoneQuery
from ...records import analytics as found
from ..validation import without_none
from .queries import AnalyticsQueries

if TYPE_CHECKING:
    from ...inputs import Unit
    from ...records import Findings
    from .queries import Moment


@explains_arguments
class AnalyticsService(AnalyticsQueries):
    """Answers questions about all conversations: users, messages, answer times, threads, assistants, tools and storage.

    A period begins at `since` and ends before `until`. Without them, it is the last thirty days. Questions about days of UTC
    read the daily facts, which are updated before. All other questions read messages and threads.

    Every method raises `Forbidden` if the caller is a user, `InvalidInput` if an argument is invalid, and `Unavailable` if
    the question takes too long. If the caller is cancelled, the question is stopped in the database. docs/analytics.md shows
    the pipelines and their cost.
    """

    async def activity(
        self, since: Moment = None, until: Moment = None, *, unit: Unit = "day", zone: str = "UTC"
    ) -> Findings[found.Activity]:
        """Return the messages, users who wrote, and threads with a message of each day, week or month of a time zone."""
        values = without_none(since=since, until=until, unit=unit, zone=zone)
        return await self._answer("activity", found.Activity, ZonedUnitQuery, values)

    async def active_users(
        self, since: Moment = None, until: Moment = None, *, unit: Unit = "day"
    ) -> Findings[found.ActiveUsers]:
        """Return the number of users who wrote in each day, week or month. Each user counts once."""
        values = without_none(since=since, until=until, unit=unit)
        return await self._answer("active_users", found.ActiveUsers, UnitQuery, values)

    async def new_and_returning_users(
        self, since: Moment = None, until: Moment = None
    ) -> Findings[found.NewAndReturningUsers]:
        """Return the users of each day who wrote for the first time, and those who had written on an earlier day."""
        return await self._answer_period("new_and_returning_users", found.NewAndReturningUsers, since, until)

    async def stickiness(self, since: Moment = None, until: Moment = None) -> Findings[found.Stickiness]:
        """Return the mean number of users of a day as a share of the users of the month. Ask for whole months."""
        return await self._answer_period("stickiness", found.Stickiness, since, until)

    async def retention(self, since: Moment = None, until: Moment = None) -> Findings[found.Retention]:
        """Return how many of the users who first wrote in one week wrote again, for each later week."""
        return await self._answer_period("retention", found.Retention, since, until)

    async def days_of_activity(self, since: Moment = None, until: Moment = None) -> Findings[found.DaysOfActivity]:
        """Return how many users wrote on one day of the period, on two days, on three, and so on."""
        return await self._answer_period("days_of_activity", found.DaysOfActivity, since, until)

    async def messages(self, since: Moment = None, until: Moment = None) -> Findings[found.MessagesOfDay]:
        """Return the messages of each day, their threads, characters and tool calls, by role and assistant."""
        return await self._answer_period("messages", found.MessagesOfDay, since, until)

    async def active_threads(self, since: Moment = None, until: Moment = None) -> Findings[found.ThreadsOfDay]:
        """Return the threads with a message on each day, and the mean number of their messages on that day."""
        return await self._answer_period("active_threads", found.ThreadsOfDay, since, until)

    async def new_threads(
        self, since: Moment = None, until: Moment = None, *, unit: Unit = "day", zone: str = "UTC"
    ) -> Findings[found.NewThreads]:
        """Return how many threads were created in each day, week or month of a time zone."""
        values = without_none(since=since, until=until, unit=unit, zone=zone)
        return await self._answer("new_threads", found.NewThreads, ZonedUnitQuery, values)

    async def busy_hours(
        self, since: Moment = None, until: Moment = None, *, zone: str = "UTC"
    ) -> Findings[found.BusyHour]:
        """Return the messages of users by weekday (1 is Monday) and hour of a time zone."""
        values = without_none(since=since, until=until, zone=zone)
        return await self._answer("busy_hours", found.BusyHour, ZoneQuery, values)

    async def answer_times(self, since: Moment = None, until: Moment = None) -> Findings[found.AnswerTimesOfAssistant]:
        """Return percentiles of the seconds until an answer, by assistant."""
        return await self._answer_period("answer_times", found.AnswerTimesOfAssistant, since, until)

    async def answer_times_by_hour(
        self, since: Moment = None, until: Moment = None, *, zone: str = "UTC"
    ) -> Findings[found.AnswerTimesOfHour]:
        """Return percentiles of the seconds until an answer, by the hour of the answer in a time zone."""
        values = without_none(since=since, until=until, zone=zone)
        return await self._answer("answer_times_by_hour", found.AnswerTimesOfHour, ZoneQuery, values)

    async def answer_times_by_day(self, since: Moment = None, until: Moment = None) -> Findings[found.AnswerTimesOfDay]:
        """Return percentiles of the seconds until an answer, by day and assistant."""
        return await self._answer_period("answer_times_by_day", found.AnswerTimesOfDay, since, until)

    async def given_up(self, since: Moment = None, until: Moment = None) -> Findings[found.GivenUp]:
        """Return the messages of each assistant, and how many of them ended incomplete."""
        return await self._answer_period("given_up", found.GivenUp, since, until)

    async def thread_lengths(self, since: Moment = None, until: Moment = None) -> Findings[found.ThreadLength]:
        """Return the threads that were created in the period, by their number of messages."""
        return await self._answer_period("thread_lengths", found.ThreadLength, since, until)

    async def thread_durations(self, since: Moment = None, until: Moment = None) -> Findings[found.ThreadDuration]:
        """Return the threads that were created in the period, by the seconds until their last message."""
        return await self._answer_period("thread_durations", found.ThreadDuration, since, until)

    async def drop_off(self, since: Moment = None, until: Moment = None) -> Findings[found.DropOff]:
        """Return the threads that were created in the period, by length, and how many end with a message of a user."""
        return await self._answer_period("drop_off", found.DropOff, since, until)

    async def unanswered(
        self, since: Moment = None, until: Moment = None, *, hours: float = 1, limit: int = 100
    ) -> Findings[found.Unanswered]:
        """Return the threads whose last message is of a user, at least `hours` before `until`. The longest wait is first."""
        values = without_none(since=since, until=until, hours=hours, limit=limit)
        return await self._answer("unanswered", found.Unanswered, WaitingQuery, values)

    async def longest_threads(
        self, since: Moment = None, until: Moment = None, *, limit: int = 20
    ) -> Findings[found.LongThread]:
        """Return the threads with the most messages, of those that were created in the period."""
        return await self._answer_top("longest_threads", found.LongThread, since, until, limit)

    async def busiest_threads(
        self, since: Moment = None, until: Moment = None, *, limit: int = 20
    ) -> Findings[found.BusyThread]:
        """Return the threads with the most messages in the period."""
        return await self._answer_top("busiest_threads", found.BusyThread, since, until, limit)

    async def similar_questions(
        self, since: Moment = None, until: Moment = None, *, limit: int = 20
    ) -> Findings[found.SimilarQuestions]:
        """Return groups of first questions with the same words. Case, order and punctuation do not count."""
        return await self._answer_top("similar_questions", found.SimilarQuestions, since, until, limit)

    async def metadata(
        self, key: str, since: Moment = None, until: Moment = None, *, limit: int = 20
    ) -> Findings[found.MetadataValue]:
        """Return the threads that were created in the period, by the value of a key of their `meta_data`."""
        values = without_none(key=key, since=since, until=until, limit=limit)
        return await self._answer("metadata", found.MetadataValue, MetadataQuery, values)

    async def tool_calls(self, since: Moment = None, until: Moment = None) -> Findings[found.ToolCalls]:
        """Return the calls of each tool, how many were answered and how many failed, and the seconds until the answer."""
        return await self._answer_period("tool_calls", found.ToolCalls, since, until)

    async def shared_threads(self, since: Moment = None, until: Moment = None) -> Findings[found.SharedThreads]:
        """Return the number of threads with messages of two assistants, for each pair of assistants."""
        return await self._answer_period("shared_threads", found.SharedThreads, since, until)

    async def hand_overs(self, since: Moment = None, until: Moment = None) -> Findings[found.HandOvers]:
        """Return how often an assistant wrote after another assistant in a thread, for each pair."""
        return await self._answer_period("hand_overs", found.HandOvers, since, until)

    async def growth(self, since: Moment = None, until: Moment = None) -> Findings[found.Growth]:
        """Return the messages and bytes that each month added, and the owners who added any."""
        return await self._answer_period("growth", found.Growth, since, until)

    async def storage(self, since: Moment = None, until: Moment = None, *, limit: int = 20) -> Findings[found.Storage]:
        """Return the owners with the most bytes that were stored in the period."""
        return await self._answer_top("storage", found.Storage, since, until, limit)
