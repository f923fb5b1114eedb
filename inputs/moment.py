"""A moment that callers name, such as the beginning of a period."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from ..clock import naive_utc

_NUMBER = re.compile(r"\s*[-+]?[\d.]+\s*")


def _no_number(value: object) -> object:
    """Pydantic takes a number for seconds since 1970 or for milliseconds, whichever looks likelier."""
    if isinstance(value, datetime) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        return value
    raise PydanticCustomError("datetime_type", "must be a date and time as in 2026-11-22T15:04:05Z")


def _stored(moment: datetime) -> datetime:
    """As the driver writes and reads dates; a date without a zone is UTC."""
    try:
        return naive_utc(moment)
    except OverflowError as error:
        raise PydanticCustomError("datetime_range", "is before year 1 or after year 9999") from error


Moment = Annotated[datetime, BeforeValidator(_no_number), AfterValidator(_stored)]
"""A date and time, UTC unless it says its zone."""
