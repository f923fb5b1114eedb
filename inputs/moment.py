"""A point in time in input, such as the start of a period."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator
from pydantic_core import PydanticCustomError

from ..clock import naive_utc, next_millisecond

_NUMBER = re.compile(r"\s*[-+]?[\d.]+\s*")


def _not_a_number(value: object) -> object:
    """Refuse numbers: pydantic would guess whether they are seconds or milliseconds since 1970."""
    if isinstance(value, datetime) or (isinstance(value, str) and not _NUMBER.fullmatch(value)):
        return value
    raise PydanticCustomError("datetime_type", "must be a date and time as in 2026-11-22T15:04:05Z")


def _stored(moment: datetime) -> datetime:
    """The date in UTC without a time zone, as the driver returns dates. A date without a zone is already UTC.

    Parts of milliseconds are rounded up, because MongoDB would round a bound down: stored times before the bound would be
    beyond it.
    """
    try:
        return next_millisecond(naive_utc(moment))
    except OverflowError as error:
        raise PydanticCustomError("datetime_range", "is before year 1 or after year 9999") from error


Moment = Annotated[datetime, BeforeValidator(_not_a_number), AfterValidator(_stored)]
"""A date and time. Without a time zone, it is UTC."""
