"""The clock: the current time as MongoDB stores it."""

from __future__ import annotations

from datetime import UTC, datetime

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as the driver returns dates


def now() -> datetime:
    """The current time in UTC, without a time zone, in whole milliseconds."""
    moment = datetime.now(UTC).replace(tzinfo=None)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
