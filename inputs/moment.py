"""A moment that callers name, such as the beginning of a period."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"\s*[-+]?[\d.]+\s*")


def _no_number(value: object) -> object:
    """Pydantic takes a number for seconds since 1970 or for milliseconds, whichever looks likelier."""
    if isinstance(value, datetime) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        return value
    raise PydanticCustomError("datetime_type", "must be a date and time as in 2026-11-22T15:04:05Z")


def _naive_utc(moment: datetime) -> datetime:
    """As the driver writes and reads dates; a date without a zone is UTC."""
    try:
        return moment if moment.tzinfo is None else moment.astimezone(UTC).replace(tzinfo=None)
    except OverflowError as error:
        raise PydanticCustomError("datetime_range", "is before year 1 or after year 9999") from error


Moment = Annotated[datetime, BeforeValidator(_no_number), AfterValidator(_naive_utc)]
"""A date and time, UTC unless it says its zone."""
