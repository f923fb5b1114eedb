"""What callers may ask about conversations: a period, a time zone, how many."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from .values import Input, Name

Unit = Literal["day", "week", "month"]


def _naive_utc(moment: datetime) -> datetime:
    """As the driver writes and reads dates; a date without a zone is UTC."""
    return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise PydanticCustomError("zone", "is not the name of a time zone, such as Europe/Berlin") from error
    return name


Moment = Annotated[datetime, AfterValidator(_naive_utc)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_known_zone)]


class PeriodQuery(Input):
    """A period: the thirty days until now, unless said otherwise."""

    since: Moment | None = None
    """Its beginning, inclusive; questions on daily facts begin with the whole day (UTC) in which it lies."""
    until: Moment | None = None
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
