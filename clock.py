"""The clock: the current time as MongoDB stores it, and the forms in which a stored time is shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as the driver returns dates: aware ones cost half as much again
_EPOCH_UTC = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_SECONDS = 86_400
_MILLISECOND = timedelta(milliseconds=1)


def now() -> datetime:
    """The current time in UTC, without a time zone, in whole milliseconds."""
    return whole_milliseconds(datetime.now(UTC).replace(tzinfo=None))


def whole_milliseconds(moment: datetime) -> datetime:
    """The moment as MongoDB stores it, without parts of a millisecond. Python and the database then compare the same time."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def next_millisecond(moment: datetime) -> datetime:
    """The moment, rounded up to whole milliseconds. The last millisecond of the year 9999 is rounded down.

    As a bound, both have the same meaning: stored times are whole milliseconds, so none lies between them.
    """
    whole = whole_milliseconds(moment)
    latest = datetime.max.replace(tzinfo=moment.tzinfo)
    return whole if whole == moment or latest - whole < _MILLISECOND else whole + _MILLISECOND


def last_midnight() -> datetime:
    """The beginning of the current day of UTC, without a time zone."""
    return now().replace(hour=0, minute=0, second=0, microsecond=0)


def naive_utc(moment: datetime) -> datetime:
    """The moment in UTC, without a time zone. A moment without a time zone is in UTC already.

    Raises `OverflowError` if the result is before year 1 or after year 9999.
    """
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def epoch_seconds(moment: datetime) -> int:
    """A stored time as whole seconds since 1970."""
    passed = moment - EPOCH
    return passed.days * _DAY_SECONDS + passed.seconds


def epoch_milliseconds(moment: datetime) -> int:
    """A stored time as whole milliseconds since 1970."""
    passed = moment - EPOCH
    return (passed.days * _DAY_SECONDS + passed.seconds) * 1000 + passed.microseconds // 1000


def of_milliseconds(passed: int) -> datetime:
    """The time of whole milliseconds since 1970, in UTC, with the zone."""
    return _EPOCH_UTC + timedelta(milliseconds=passed)


def iso(moment: datetime) -> str:
    """A stored time in ISO 8601 with the zone `+00:00`."""
    return moment.replace(tzinfo=UTC).isoformat()


def of_iso(text: str) -> datetime:
    """The time of a text in ISO 8601, in UTC, with the zone."""
    return datetime.fromisoformat(text)
