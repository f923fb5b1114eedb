"""What callers may ask about conversations: a period, a time zone, how many."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from .moment import Moment
from .values import Input, Name

Unit = Literal["day", "week", "month"]
_FIRST, _LAST = datetime(1900, 1, 1), datetime(3000, 1, 1)  # noqa: DTZ001 - naive means UTC


def _with_days_around(moment: datetime) -> datetime:
    """So that what is computed from it is a date as well, in every zone."""
    if not _FIRST <= moment < _LAST:
        raise PydanticCustomError("datetime_range", "must be from 1900 to 2999")
    return moment


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise PydanticCustomError("zone", "is not the name of a time zone, such as Europe/Berlin") from error
    return name


Instant = Annotated[Moment, AfterValidator(_with_days_around)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]


class PeriodQuery(Input):
    """A period: the thirty days until now, unless said otherwise."""

    since: Instant | None = None
    """Its beginning, inclusive; questions on daily facts begin with the whole day (UTC) in which it lies."""
    until: Instant | None = None
    """Its end, exclusive."""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise PydanticCustomError("period", "`since` must be before `until`")
        return self


class ZoneQuery(PeriodQuery):
    """A period, on the clocks of a time zone."""

    zone: Zone = "UTC"


class UnitQuery(PeriodQuery):
    """A period, by days, weeks from Monday, or months (UTC)."""

    unit: Unit = "day"


class ZonedUnitQuery(ZoneQuery):
    """A period, by days, weeks from Monday, or months of a time zone."""

    unit: Unit = "day"


class LimitQuery(PeriodQuery):
    """A period, and how many rows of it."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 20


class WaitingQuery(PeriodQuery):
    """Since how long somebody waits: `hours` at least, and not since before `since`."""

    hours: Annotated[float, Field(ge=0, le=24 * 3650)] = 1
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class MetadataQuery(LimitQuery):
    """A key of the metadata of threads."""

    key: Annotated[Name, Field(min_length=1)]
