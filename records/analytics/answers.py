"""Answers about answers."""

from __future__ import annotations

from ..record import Record


class AnswerTimes(Record):
    """Seconds that answers took: half of them at most `p50`, nine of ten at most `p90`."""

    answers: int
    p50: float
    p90: float
    p99: float

    __slots__ = ()


class AnswerTimesOfAssistant(AnswerTimes):
    """Of an assistant."""

    assistant_id: str | None

    __slots__ = ()


class AnswerTimesOfHour(AnswerTimes):
    """Of answers that came in an hour of the day."""

    hour: int

    __slots__ = ()


class AnswerTimesOfDay(AnswerTimesOfAssistant):
    """Of an assistant on a day."""

    day: str
    mean: float

    __slots__ = ()
