"""The base of all records: a dict whose keys are also attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


class Record(dict[str, Any]):
    """A dict with attributes, which services and clients return. `record["id"]` and `record.id` are the same value."""

    __slots__ = ()

    _optional = frozenset[str]()
    """Names of annotated fields that not every record of this class has."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__} has no {name!r}") from None

    def dict(self) -> dict[str, Any]:
        """A plain dict with the same keys and values, named like pydantic's `.dict()`."""
        return {**self}

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """The schema that makes a record a response type of FastAPI and a field of pydantic models."""
        from .pydantic_schemas import schema_of_record  # noqa: PLC0415 - clients do without pydantic

        return schema_of_record(cls, handler)
