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
    """Return the messages, users who wrote, and threads with a message of each day, week or month of a time zone."""
    return _question("/activity", found.Activity, since=since, until=until, unit=unit, zone=zone)


def active_users(
    since: Moment = None, until: Moment = None, *, unit: Unit = "day"
) -> Call[Findings[found.ActiveUsers]]:
    """Return the number of users who wrote in each day, week or month. Each user counts once."""
    return _question("/users/active", found.ActiveUsers, since=since, until=until, unit=unit)


def new_and_returning_users(since: Moment = None, until: Moment = None) -> Call[Findings[found.NewAndReturningUsers]]:
    """Return the users of each day who wrote for the first time, and those who had written on an earlier day."""
    return _question("/users/new", found.NewAndReturningUsers, since=since, until=until)


def stickiness(since: Moment = None, until: Moment = None) -> Call[Findings[found.Stickiness]]:
    """Return the mean number of users of a day as a share of the users of the month. Ask for whole months."""
    return _question("/users/stickiness", found.Stickiness, since=since, until=until)


def retention(since: Moment = None, until: Moment = None) -> Call[Findings[found.Retention]]:
    """Return how many of the users who first wrote in one week wrote again, for each later week."""
    return _question("/users/retention", found.Retention, since=since, until=until)


def days_of_activity(since: Moment = None, until: Moment = None) -> Call[Findings[found.DaysOfActivity]]:
    """Return how many users wrote on one day of the period, on two days, on three, and so on."""
    return _question("/users/days", found.DaysOfActivity, since=since, until=until)


def messages(since: Moment = None, until: Moment = None) -> Call[Findings[found.MessagesOfDay]]:
    """Return the messages of each day, their threads, characters and tool calls, by role and assistant."""
    return _question("/messages", found.MessagesOfDay, since=since, until=until)


def active_threads(since: Moment = None, until: Moment = None) -> Call[Findings[found.ThreadsOfDay]]:
    """Return the threads with a message on each day, and the mean number of their messages on that day."""
    return _question("/threads/active", found.ThreadsOfDay, since=since, until=until)


def new_threads(
    since: Moment = None, until: Moment = None, *, unit: Unit = "day", zone: str = "UTC"
) -> Call[Findings[found.NewThreads]]:
    """Return how many threads were created in each day, week or month of a time zone."""
    return _question("/threads/new", found.NewThreads, since=since, until=until, unit=unit, zone=zone)


def busy_hours(since: Moment = None, until: Moment = None, *, zone: str = "UTC") -> Call[Findings[found.BusyHour]]:
    """Return the messages of users by weekday (1 is Monday) and hour of a time zone."""
    return _question("/messages/hours", found.BusyHour, since=since, until=until, zone=zone)


def answer_times(since: Moment = None, until: Moment = None) -> Call[Findings[found.AnswerTimesOfAssistant]]:
    """Return percentiles of the seconds until an answer, by assistant."""
    return _question("/answers", found.AnswerTimesOfAssistant, since=since, until=until)


def answer_times_by_hour(
    since: Moment = None, until: Moment = None, *, zone: str = "UTC"
) -> Call[Findings[found.AnswerTimesOfHour]]:
    """Return percentiles of the seconds until an answer, by the hour of the answer in a time zone."""
    return _question("/answers/hours", found.AnswerTimesOfHour, since=since, until=until, zone=zone)


def answer_times_by_day(since: Moment = None, until: Moment = None) -> Call[Findings[found.AnswerTimesOfDay]]:
    """Return percentiles of the seconds until an answer, by day and assistant."""
    return _question("/answers/days", found.AnswerTimesOfDay, since=since, until=until)


def given_up(since: Moment = None, until: Moment = None) -> Call[Findings[found.GivenUp]]:
    """Return the messages of each assistant, and how many of them ended incomplete."""
    return _question("/messages/given_up", found.GivenUp, since=since, until=until)


def thread_lengths(since: Moment = None, until: Moment = None) -> Call[Findings[found.ThreadLength]]:
    """Return the threads that were created in the period, by their number of messages."""
    return _question("/threads/lengths", found.ThreadLength, since=since, until=until)


def thread_durations(since: Moment = None, until: Moment = None) -> Call[Findings[found.ThreadDuration]]:
    """Return the threads that were created in the period, by the seconds until their last message."""
    return _question("/threads/durations", found.ThreadDuration, since=since, until=until)


def drop_off(since: Moment = None, until: Moment = None) -> Call[Findings[found.DropOff]]:
    """Return the threads that were created in the period, by length, and how many end with a message of a user."""
    return _question("/threads/drop_off", found.DropOff, since=since, until=until)


def unanswered(
    since: Moment = None, until: Moment = None, *, hours: float = 1, limit: int = 100
) -> Call[Findings[found.Unanswered]]:
    """Return the threads whose last message is of a user, at least `hours` before `until`. The longest wait is first."""
    return _question("/threads/unanswered", found.Unanswered, since=since, until=until, hours=hours, limit=limit)


def longest_threads(since: Moment = None, until: Moment = None, *, limit: int = 20) -> Call[Findings[found.LongThread]]:
    """Return the threads with the most messages, of those that were created in the period."""
    return _question("/threads/longest", found.LongThread, since=since, until=until, limit=limit)


def busiest_threads(since: Moment = None, until: Moment = None, *, limit: int = 20) -> Call[Findings[found.BusyThread]]:
    """Return the threads with the most messages in the period."""
    return _question("/threads/busiest", found.BusyThread, since=since, until=until, limit=limit)


def similar_questions(
    since: Moment = None, until: Moment = None, *, limit: int = 20
) -> Call[Findings[found.SimilarQuestions]]:
    """Return groups of first questions with the same words. Case, order and punctuation do not count."""
    return _question("/threads/questions", found.SimilarQuestions, since=since, until=until, limit=limit)


def metadata(
    key: str, since: Moment = None, until: Moment = None, *, limit: int = 20
) -> Call[Findings[found.MetadataValue]]:
    """Return the threads that were created in the period, by the value of a key of their `meta_data`."""
    return _question("/threads/metadata", found.MetadataValue, key=key, since=since, until=until, limit=limit)


def tool_calls(since: Moment = None, until: Moment = None) -> Call[Findings[found.ToolCalls]]:
    """Return the calls of each tool, how many were answered and how many failed, and the seconds until the answer."""
    return _question("/tools", found.ToolCalls, since=since, until=until)


def shared_threads(since: Moment = None, until: Moment = None) -> Call[Findings[found.SharedThreads]]:
    """Return the number of threads with messages of two assistants, for each pair of assistants."""
    return _question("/assistants/shared", found.SharedThreads, since=since, until=until)


def hand_overs(since: Moment = None, until: Moment = None) -> Call[Findings[found.HandOvers]]:
    """Return how often an assistant wrote after another assistant in a thread, for each pair."""
    return _question("/assistants/hand_overs", found.HandOvers, since=since, until=until)


def growth(since: Moment = None, until: Moment = None) -> Call[Findings[found.Growth]]:
    """Return the messages and bytes that each month added, and the owners who added any."""
    return _question("/growth", found.Growth, since=since, until=until)


def storage(since: Moment = None, until: Moment = None, *, limit: int = 20) -> Call[Findings[found.Storage]]:
    """Return the owners with the most bytes that were stored in the period."""
    return _question("/storage", found.Storage, since=since, until=until, limit=limit)
