"""The base of all records: a dict whose keys are also attributes."""

from __future__ import annotations

from typing import Any


class Record(dict[str, Any]):
    """What services and clients return: a dict with attributes. `record["id"]` and `record.id` are the same value."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}") from None

    def dict(self) -> dict[str, Any]:
        """A plain dict with the same keys and values, named like pydantic's `.dict()`."""
        return {**self}
