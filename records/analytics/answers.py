"""Records of answer times."""

from __future__ import annotations

from ..record import Record


class AnswerTimes(Record):
    """Percentiles of the seconds that answers took: half of them at most `p50`, nine of ten at most `p90`."""

    answers: int
    p50: float
    p90: float
    p99: float

    __slots__ = ()


class AnswerTimesOfAssistant(AnswerTimes):
    """Answer times of one assistant."""

    assistant_id: str | None

    __slots__ = ()


class AnswerTimesOfHour(AnswerTimes):
    """Answer times of one hour of the day."""

    hour: int

    __slots__ = ()


class AnswerTimesOfDay(AnswerTimesOfAssistant):
    """Answer times of one assistant on one day."""

    day: str
    mean: float

    __slots__ = ()
