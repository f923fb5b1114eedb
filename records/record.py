"""A record: a plain dict that can also be read by attribute."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive like the driver's own dates: tz-aware ones cost half as much again
_DAY_SECONDS = 86_400


class Record(dict[str, Any]):
    """What services and clients give back: `record["id"]`, `record.id`, `dict(record)` and `record.dict()` all read the same."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}") from None

    def dict(self) -> dict[str, Any]:
        """A plain dict with the same content, as pydantic's `.dict()` would give it."""
        return {**self}


def epoch_seconds(moment: datetime) -> int:
    """A date of the driver's (naive, UTC) as whole seconds since 1970, as the wire shows it."""
    passed = moment - _EPOCH
    return passed.days * _DAY_SECONDS + passed.seconds


def iso(moment: datetime) -> str:
    """A date of the driver's (naive, UTC) in ISO 8601 with its zone."""
    return moment.replace(tzinfo=UTC).isoformat()
