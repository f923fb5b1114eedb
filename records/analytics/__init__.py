"""Records of analytics queries, as `docs/analytics.md` describes them. Dates are ISO 8601."""

from .answers import AnswerTimes, AnswerTimesOfAssistant, AnswerTimesOfDay, AnswerTimesOfHour
from .assistants import GivenUp, HandOvers, SharedThreads, ToolCalls
from .findings import Findings, RollupReport
from .threads import BusyThread, DropOff, LongThread, SimilarQuestions, ThreadDuration, ThreadLength, Unanswered
from .users import ActiveUsers, DaysOfActivity, NewAndReturningUsers, Retention, Stickiness
from .volume import Activity, BusyHour, Growth, MessagesOfDay, MetadataValue, NewThreads, Storage, ThreadsOfDay

__all__ = [
    "ActiveUsers",
    "Activity",
    "AnswerTimes",
    "AnswerTimesOfAssistant",
    "AnswerTimesOfDay",
    "AnswerTimesOfHour",
    "BusyHour",
    "BusyThread",
    "DaysOfActivity",
    "DropOff",
    "Findings",
    "GivenUp",
    "Growth",
    "HandOvers",
    "LongThread",
    "MessagesOfDay",
    "MetadataValue",
    "NewAndReturningUsers",
    "NewThreads",
    "Retention",
    "RollupReport",
    "SharedThreads",
    "SimilarQuestions",
    "Stickiness",
    "Storage",
    "ThreadDuration",
    "ThreadLength",
    "ThreadsOfDay",
    "ToolCalls",
    "Unanswered",
]
