"""Questions about all conversations, for admins and services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...inputs import MetadataQuery, UnitQuery, WaitingQuery, ZonedUnitQuery, ZoneQuery
from ...records import analytics as found
from ..validation import without_none
from .queries import AnalyticsQueries

if TYPE_CHECKING:
    from ...inputs import Unit
    from ...records import Findings
    from .queries import Moment


class AnalyticsService(AnalyticsQueries):
    """Answers about all conversations together: who is there, how much is said, how long answers take, where threads end.

    Periods begin at `since` and end before `until`; without them they are the thirty days until now. Questions on days are
    answered from the daily facts (UTC), which are brought up to date before, all others from messages and threads. A
    question that takes too long raises `Unavailable`; one whose caller is cancelled is stopped in the database.
    docs/analytics.md shows the pipelines and what they cost.
    """

    async def activity(
        self, since: Moment = None, until: Moment = None, *, unit: Unit = "day", zone: str = "UTC"
    ) -> Findings[found.Activity]:
        """Messages, users who wrote, and threads with a message, by days, weeks or months of a time zone."""
        said = without_none(since=since, until=until, unit=unit, zone=zone)
        return await self._answer("activity", found.Activity, ZonedUnitQuery, said)

    async def active_users(
        self, since: Moment = None, until: Moment = None, *, unit: Unit = "day"
    ) -> Findings[found.ActiveUsers]:
        """Users who wrote, each counted once, by days, weeks or months."""
        said = without_none(since=since, until=until, unit=unit)
        return await self._answer("active_users", found.ActiveUsers, UnitQuery, said)

    async def new_and_returning_users(
        self, since: Moment = None, until: Moment = None
    ) -> Findings[found.NewAndReturningUsers]:
        """Day by day: users who wrote for the first time ever, and users who had written on a day before."""
        return await self._of_period("new_and_returning_users", found.NewAndReturningUsers, since, until)

    async def stickiness(self, since: Moment = None, until: Moment = None) -> Findings[found.Stickiness]:
        """Month by month: the users of a mean day as a share of those of the month. Ask for whole months."""
        return await self._of_period("stickiness", found.Stickiness, since, until)

    async def retention(self, since: Moment = None, until: Moment = None) -> Findings[found.Retention]:
        """Of the users who first wrote in one week, how many wrote so many weeks later."""
        return await self._of_period("retention", found.Retention, since, until)

    async def days_of_activity(self, since: Moment = None, until: Moment = None) -> Findings[found.DaysOfActivity]:
        """How many users came on one day only, on two, on three, and so on."""
        return await self._of_period("days_of_activity", found.DaysOfActivity, since, until)

    async def messages(self, since: Moment = None, until: Moment = None) -> Findings[found.MessagesOfDay]:
        """Day by day: messages, the threads they are in, characters and tool calls, by role and assistant."""
        return await self._of_period("messages", found.MessagesOfDay, since, until)

    async def active_threads(self, since: Moment = None, until: Moment = None) -> Findings[found.ThreadsOfDay]:
        """Day by day: threads with a message, and how many each."""
        return await self._of_period("active_threads", found.ThreadsOfDay, since, until)

    async def new_threads(
        self, since: Moment = None, until: Moment = None, *, unit: Unit = "day", zone: str = "UTC"
    ) -> Findings[found.NewThreads]:
        """Threads that were made, by days, weeks or months of a time zone."""
        said = without_none(since=since, until=until, unit=unit, zone=zone)
        return await self._answer("new_threads", found.NewThreads, ZonedUnitQuery, said)

    async def busy_hours(
        self, since: Moment = None, until: Moment = None, *, zone: str = "UTC"
    ) -> Findings[found.BusyHour]:
        """Messages of users by weekday (1 is Monday) and hour of a time zone."""
        said = without_none(since=since, until=until, zone=zone)
        return await self._answer("busy_hours", found.BusyHour, ZoneQuery, said)

    async def answer_times(self, since: Moment = None, until: Moment = None) -> Findings[found.AnswerTimesOfAssistant]:
        """Percentiles of the seconds until an answer, by assistant."""
        return await self._of_period("answer_times", found.AnswerTimesOfAssistant, since, until)

    async def answer_times_by_hour(
        self, since: Moment = None, until: Moment = None, *, zone: str = "UTC"
    ) -> Findings[found.AnswerTimesOfHour]:
        """Percentiles of the seconds until an answer, by the hour of a time zone in which it came."""
        said = without_none(since=since, until=until, zone=zone)
        return await self._answer("answer_times_by_hour", found.AnswerTimesOfHour, ZoneQuery, said)

    async def answer_times_by_day(self, since: Moment = None, until: Moment = None) -> Findings[found.AnswerTimesOfDay]:
        """Percentiles of the seconds until an answer, by day and assistant."""
        return await self._of_period("answer_times_by_day", found.AnswerTimesOfDay, since, until)

    async def given_up(self, since: Moment = None, until: Moment = None) -> Findings[found.GivenUp]:
        """Messages of each assistant, and how many of them ended incomplete."""
        return await self._of_period("given_up", found.GivenUp, since, until)

    async def thread_lengths(self, since: Moment = None, until: Moment = None) -> Findings[found.ThreadLength]:
        """Threads that were made in the period, by their number of messages."""
        return await self._of_period("thread_lengths", found.ThreadLength, since, until)

    async def thread_durations(self, since: Moment = None, until: Moment = None) -> Findings[found.ThreadDuration]:
        """Threads that were made in the period, by the seconds until their last message."""
        return await self._of_period("thread_durations", found.ThreadDuration, since, until)

    async def drop_off(self, since: Moment = None, until: Moment = None) -> Findings[found.DropOff]:
        """Threads that were made in the period, by length, and how many of them end with a user's message."""
        return await self._of_period("drop_off", found.DropOff, since, until)

    async def unanswered(
        self, since: Moment = None, until: Moment = None, *, hours: float = 1, limit: int = 100
    ) -> Findings[found.Unanswered]:
        """Threads whose last message is a user's, at least `hours` before `until`; those who wait longest first."""
        said = without_none(since=since, until=until, hours=hours, limit=limit)
        return await self._answer("unanswered", found.Unanswered, WaitingQuery, said)

    async def longest_threads(
        self, since: Moment = None, until: Moment = None, *, limit: int = 20
    ) -> Findings[found.LongThread]:
        """The threads with most messages, of those that were made in the period."""
        return await self._top("longest_threads", found.LongThread, since, until, limit)

    async def busiest_threads(
        self, since: Moment = None, until: Moment = None, *, limit: int = 20
    ) -> Findings[found.BusyThread]:
        """The threads in which most was said in the period."""
        return await self._top("busiest_threads", found.BusyThread, since, until, limit)

    async def similar_questions(
        self, since: Moment = None, until: Moment = None, *, limit: int = 20
    ) -> Findings[found.SimilarQuestions]:
        """First questions that have the same words, whatever their case, order and punctuation."""
        return await self._top("similar_questions", found.SimilarQuestions, since, until, limit)

    async def metadata(
        self, key: str, since: Moment = None, until: Moment = None, *, limit: int = 20
    ) -> Findings[found.MetadataValue]:
        """Threads that were made in the period, by the value of a key of their `meta_data`."""
        said = without_none(key=key, since=since, until=until, limit=limit)
        return await self._answer("metadata", found.MetadataValue, MetadataQuery, said)

    async def tool_calls(self, since: Moment = None, until: Moment = None) -> Findings[found.ToolCalls]:
        """For each tool: calls, how many were answered and how many failed, and the seconds until the answer."""
        return await self._of_period("tool_calls", found.ToolCalls, since, until)

    async def shared_threads(self, since: Moment = None, until: Moment = None) -> Findings[found.SharedThreads]:
        """Threads in which two assistants spoke, for each two."""
        return await self._of_period("shared_threads", found.SharedThreads, since, until)

    async def hand_overs(self, since: Moment = None, until: Moment = None) -> Findings[found.HandOvers]:
        """How often one assistant spoke after another in a thread."""
        return await self._of_period("hand_overs", found.HandOvers, since, until)

    async def growth(self, since: Moment = None, until: Moment = None) -> Findings[found.Growth]:
        """Month by month: messages and bytes that were added, and how many owners added any."""
        return await self._of_period("growth", found.Growth, since, until)

    async def storage(self, since: Moment = None, until: Moment = None, *, limit: int = 20) -> Findings[found.Storage]:
        """The owners for whom most was stored in the period, by bytes."""
        return await self._top("storage", found.Storage, since, until, limit)
