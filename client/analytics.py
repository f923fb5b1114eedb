"""Builds the calls of `analytics_service`: one function for each method of the clients."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from ..records import Findings, Record
from ..records import analytics as found
from .call import Call, without_none

if TYPE_CHECKING:
    from ..inputs import Unit

R = TypeVar("R", bound=Record)
Moment = datetime | None


def _question(path: str, record: type[R], **query: Any) -> Call[Findings[R]]:
    def read(answer: Any) -> Findings[R]:
        rows = map(record, answer["data"])
        return Findings(rows, since=answer["since"], until=answer["until"], as_of=answer["as_of"])

    return Call("GET", f"/v1/analytics{path}", read, query=without_none(**query))


def activity(
    since: Moment = None, until: Moment = None, *, unit: Unit = "day", zone: str = "UTC"
) -> Call[Findings[found.Activity]]:
    """Messages, users who wrote, and threads with a message, by days, weeks or months of a time zone."""
    return _question("/activity", found.Activity, since=since, until=until, unit=unit, zone=zone)


def active_users(
    since: Moment = None, until: Moment = None, *, unit: Unit = "day"
) -> Call[Findings[found.ActiveUsers]]:
    """Users who wrote, each counted once, by days, weeks or months."""
    return _question("/users/active", found.ActiveUsers, since=since, until=until, unit=unit)


def new_and_returning_users(since: Moment = None, until: Moment = None) -> Call[Findings[found.NewAndReturningUsers]]:
    """Day by day: users who wrote for the first time ever, and users who had written on a day before."""
    return _question("/users/new", found.NewAndReturningUsers, since=since, until=until)


def stickiness(since: Moment = None, until: Moment = None) -> Call[Findings[found.Stickiness]]:
    """Month by month: the users of a mean day as a share of those of the month. Ask for whole months."""
    return _question("/users/stickiness", found.Stickiness, since=since, until=until)


def retention(since: Moment = None, until: Moment = None) -> Call[Findings[found.Retention]]:
    """Of the users who first wrote in one week, how many wrote so many weeks later."""
    return _question("/users/retention", found.Retention, since=since, until=until)


def days_of_activity(since: Moment = None, until: Moment = None) -> Call[Findings[found.DaysOfActivity]]:
    """How many users came on one day only, on two, on three, and so on."""
    return _question("/users/days", found.DaysOfActivity, since=since, until=until)


def messages(since: Moment = None, until: Moment = None) -> Call[Findings[found.MessagesOfDay]]:
    """Day by day: messages, the threads they are in, characters and tool calls, by role and assistant."""
    return _question("/messages", found.MessagesOfDay, since=since, until=until)


def active_threads(since: Moment = None, until: Moment = None) -> Call[Findings[found.ThreadsOfDay]]:
    """Day by day: threads with a message, and how many each."""
    return _question("/threads/active", found.ThreadsOfDay, since=since, until=until)


def new_threads(
    since: Moment = None, until: Moment = None, *, unit: Unit = "day", zone: str = "UTC"
) -> Call[Findings[found.NewThreads]]:
    """Threads that were made, by days, weeks or months of a time zone."""
    return _question("/threads/new", found.NewThreads, since=since, until=until, unit=unit, zone=zone)


def busy_hours(since: Moment = None, until: Moment = None, *, zone: str = "UTC") -> Call[Findings[found.BusyHour]]:
    """Messages of users by weekday (1 is Monday) and hour of a time zone."""
    return _question("/messages/hours", found.BusyHour, since=since, until=until, zone=zone)


def answer_times(since: Moment = None, until: Moment = None) -> Call[Findings[found.AnswerTimesOfAssistant]]:
    """Percentiles of the seconds until an answer, by assistant."""
    return _question("/answers", found.AnswerTimesOfAssistant, since=since, until=until)


def answer_times_by_hour(
    since: Moment = None, until: Moment = None, *, zone: str = "UTC"
) -> Call[Findings[found.AnswerTimesOfHour]]:
    """Percentiles of the seconds until an answer, by the hour of a time zone in which it came."""
    return _question("/answers/hours", found.AnswerTimesOfHour, since=since, until=until, zone=zone)


def answer_times_by_day(since: Moment = None, until: Moment = None) -> Call[Findings[found.AnswerTimesOfDay]]:
    """Percentiles of the seconds until an answer, by day and assistant."""
    return _question("/answers/days", found.AnswerTimesOfDay, since=since, until=until)


def given_up(since: Moment = None, until: Moment = None) -> Call[Findings[found.GivenUp]]:
    """Messages of each assistant, and how many of them ended incomplete."""
    return _question("/messages/given_up", found.GivenUp, since=since, until=until)


def thread_lengths(since: Moment = None, until: Moment = None) -> Call[Findings[found.ThreadLength]]:
    """Threads that were made in the period, by their number of messages."""
    return _question("/threads/lengths", found.ThreadLength, since=since, until=until)


def thread_durations(since: Moment = None, until: Moment = None) -> Call[Findings[found.ThreadDuration]]:
    """Threads that were made in the period, by the seconds until their last message."""
    return _question("/threads/durations", found.ThreadDuration, since=since, until=until)


def drop_off(since: Moment = None, until: Moment = None) -> Call[Findings[found.DropOff]]:
    """Threads that were made in the period, by length, and how many of them end with a user's message."""
    return _question("/threads/drop_off", found.DropOff, since=since, until=until)


def unanswered(
    since: Moment = None, until: Moment = None, *, hours: float = 1, limit: int = 100
) -> Call[Findings[found.Unanswered]]:
    """Threads whose last message is a user's, at least `hours` before `until`; those who wait longest first."""
    return _question("/threads/unanswered", found.Unanswered, since=since, until=until, hours=hours, limit=limit)


def longest_threads(since: Moment = None, until: Moment = None, *, limit: int = 20) -> Call[Findings[found.LongThread]]:
    """The threads with most messages, of those that were made in the period."""
    return _question("/threads/longest", found.LongThread, since=since, until=until, limit=limit)


def busiest_threads(since: Moment = None, until: Moment = None, *, limit: int = 20) -> Call[Findings[found.BusyThread]]:
    """The threads in which most was said in the period."""
    return _question("/threads/busiest", found.BusyThread, since=since, until=until, limit=limit)


def similar_questions(
    since: Moment = None, until: Moment = None, *, limit: int = 20
) -> Call[Findings[found.SimilarQuestions]]:
    """First questions that have the same words, whatever their case, order and punctuation."""
    return _question("/threads/questions", found.SimilarQuestions, since=since, until=until, limit=limit)


def metadata(
    key: str, since: Moment = None, until: Moment = None, *, limit: int = 20
) -> Call[Findings[found.MetadataValue]]:
    """Threads that were made in the period, by the value of a key of their `meta_data`."""
    return _question("/threads/metadata", found.MetadataValue, key=key, since=since, until=until, limit=limit)


def tool_calls(since: Moment = None, until: Moment = None) -> Call[Findings[found.ToolCalls]]:
    """For each tool: calls, how many were answered and how many failed, and the seconds until the answer."""
    return _question("/tools", found.ToolCalls, since=since, until=until)


def shared_threads(since: Moment = None, until: Moment = None) -> Call[Findings[found.SharedThreads]]:
    """Threads in which two assistants spoke, for each two."""
    return _question("/assistants/shared", found.SharedThreads, since=since, until=until)


def hand_overs(since: Moment = None, until: Moment = None) -> Call[Findings[found.HandOvers]]:
    """How often one assistant spoke after another in a thread."""
    return _question("/assistants/hand_overs", found.HandOvers, since=since, until=until)


def growth(since: Moment = None, until: Moment = None) -> Call[Findings[found.Growth]]:
    """Month by month: messages and bytes that were added, and how many owners added any."""
    return _question("/growth", found.Growth, since=since, until=until)


def storage(since: Moment = None, until: Moment = None, *, limit: int = 20) -> Call[Findings[found.Storage]]:
    """The owners for whom most was stored in the period, by bytes."""
    return _question("/storage", found.Storage, since=since, until=until, limit=limit)
