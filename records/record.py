"""A record: a plain dict that can also be read by attribute."""

from __future__ import annotations

from typing import Any


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
