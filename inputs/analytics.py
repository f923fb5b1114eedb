"""Parameters of analytics queries: a period, a time zone, a unit, a limit."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from .moment import Moment
from .values import NOT_A_BOOL, Input, Name

Unit = Literal["day", "week", "month"]
_FIRST, _LAST = datetime(1900, 1, 1), datetime(3000, 1, 1)  # noqa: DTZ001 - naive means UTC


def _in_range(moment: datetime) -> datetime:
    """Refuse dates near the limits of `datetime`, so that dates computed from this one are valid in every time zone."""
    if not _FIRST <= moment < _LAST:
        raise PydanticCustomError("datetime_range", "must be from 1900 to 2999")
    return moment


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise PydanticCustomError("zone", "is not the name of a time zone, such as Europe/Berlin") from error
    return name


Instant = Annotated[Moment, AfterValidator(_in_range)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]


class PeriodQuery(Input):
    """A period. The default is the last thirty days."""

    since: Instant | None = None
    """The start, inclusive. Queries on daily facts start at the beginning of that day (UTC)."""
    until: Instant | None = None
    """The end, exclusive."""

    @model_validator(mode="after")
    def _since_before_until(self) -> Self:
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise PydanticCustomError("period", "`since` must be before `until`")
        return self


class ZoneQuery(PeriodQuery):
    """A period, with days and hours in a time zone."""

    zone: Zone = "UTC"


class UnitQuery(PeriodQuery):
    """A period, divided into days, weeks from Monday, or months (UTC)."""

    unit: Unit = "day"


class ZonedUnitQuery(ZoneQuery):
    """A period, divided into days, weeks from Monday, or months of a time zone."""

    unit: Unit = "day"


class LimitQuery(PeriodQuery):
    """A period, and the maximum number of rows."""

    limit: Annotated[int, Field(ge=1, le=1000), NOT_A_BOOL] = 20


class WaitingQuery(PeriodQuery):
    """Threads that wait for an answer: for at least `hours`, and since a time in the period."""

    hours: Annotated[float, Field(ge=0, le=24 * 3650), NOT_A_BOOL] = 1
    limit: Annotated[int, Field(ge=1, le=1000), NOT_A_BOOL] = 100


class MetadataQuery(LimitQuery):
    """A period, a key of the `meta_data` of threads, and the maximum number of values."""

    key: Annotated[Name, Field(min_length=1)]
