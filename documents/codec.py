"""Reads documents back exactly as they were stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from bson.codec_options import CodecOptions, TypeDecoder, TypeRegistry
from bson.dbref import DBRef

if TYPE_CHECKING:
    from .message import MessageRow
    from .thread import ThreadRow

R = TypeVar("R", "MessageRow", "ThreadRow")

_FREE_FIELDS = (
    "meta_data",
    "attachments",
    "incomplete_details",
    "parts",
    "item",
    "tool_calls",
    "tool_resources",
)
"""Where callers put objects of their own."""
_NESTED = frozenset((dict, list, DBRef))


class _PlainReference(TypeDecoder):
    """The driver takes an object with `$ref` and `$id` (a JSON schema, say) for a reference: back to the object."""

    bson_type = DBRef

    def transform_bson(self, value: DBRef) -> dict[str, Any]:
        return {**value.as_doc()}


EXACT: CodecOptions[dict[str, Any]] = CodecOptions(type_registry=TypeRegistry([_PlainReference()]))
"""How our database is read."""


def exact(row: R) -> R:
    """A row that was read without `EXACT`, as if it had been: with it the driver reads a page twice, and looks at each value."""
    for name in _FREE_FIELDS:
        value = row.get(name)
        if value:
            row[name] = _plain(value)  # type: ignore[literal-required]  # where it is, it may be replaced
    return row


def _plain(value: Any) -> Any:
    """Objects where the driver has put references, at any depth."""
    if isinstance(value, DBRef):
        value = {**value.as_doc()}
    places = value.items() if isinstance(value, dict) else enumerate(value)
    for place, inner in places:
        if type(inner) in _NESTED:
            value[place] = _plain(inner)
    return value
