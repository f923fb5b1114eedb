"""Answers several questions with one reading of the messages, for the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...inputs import ZoneQuery
from ...records import Findings, Record
from ...records import analytics as found
from ..validation import without_none
from .pipelines import OVERVIEW
from .queries import AnalyticsQueries

if TYPE_CHECKING:
    from .queries import Moment


@dataclass(frozen=True, slots=True)
class MessagesOverview:
    """The answers to the questions about the messages of a period that cannot be answered from the daily facts."""

    busy_hours: Findings[found.BusyHour]
    answer_times: Findings[found.AnswerTimesOfAssistant]
    answer_times_by_hour: Findings[found.AnswerTimesOfHour]
    tool_calls: Findings[found.ToolCalls]
    hand_overs: Findings[found.HandOvers]


class AnalyticsOverview(AnalyticsQueries):
    """Answers the questions of `AnalyticsService` that read messages, all at once."""

    async def of_messages(self, since: Moment = None, until: Moment = None, *, zone: str = "UTC") -> MessagesOverview:
        """Return the results of the methods of `AnalyticsService` with these names. The server reads each message once."""
        records: dict[str, type[Record]] = {
            "busy_hours": found.BusyHour,
            "answer_times": found.AnswerTimesOfAssistant,
            "answer_times_by_hour": found.AnswerTimesOfHour,
            "tool_calls": found.ToolCalls,
            "hand_overs": found.HandOvers,
        }
        return MessagesOverview(
            **await self._answers(OVERVIEW, records, ZoneQuery, without_none(since=since, until=until, zone=zone))
        )
