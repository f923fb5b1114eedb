"""Options for reading documents exactly as they were stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from bson.codec_options import CodecOptions, DatetimeConversion, TypeDecoder, TypeRegistry
from bson.dbref import DBRef
from bson.int64 import Int64

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
"""The fields in which callers store objects of their own."""
_NOT_PLAIN = frozenset((dict, list, DBRef, Int64))
"""Types whose values `_plain` must look at. Every other type is left as it is."""


class _PlainReference(TypeDecoder):
    """Turns a `DBRef` back into a dict. The driver makes a `DBRef` of any object with `$ref` and `$id`, such as a JSON schema."""

    bson_type = DBRef

    def transform_bson(self, value: DBRef) -> dict[str, Any]:
        return {**value.as_doc()}


class _PlainInteger(TypeDecoder):
    """Turns an `Int64` into an `int`. The driver makes an `Int64` of each number that is stored in 64 bits.

    Callers get back the types that they sent. Input rules check types by identity, so an `Int64` would not be a JSON value.
    """

    bson_type = Int64

    def transform_bson(self, value: Int64) -> int:
        return int(value)


TOLERANT: CodecOptions[dict[str, Any]] = CodecOptions(
    datetime_conversion=DatetimeConversion.DATETIME_CLAMP, unicode_decode_error_handler="replace"
)
"""Options that read every stored value: one bad value must not hide the others (decision 46).

A date that Python does not have is read as the nearest one, and a text that is not UTF-8 with U+FFFD for the wrong bytes.
"""

EXACT: CodecOptions[dict[str, Any]] = TOLERANT.with_options(
    type_registry=TypeRegistry([_PlainReference(), _PlainInteger()])
)
"""The codec options with which Threadkeep reads its database."""


def exact(row: R) -> R:
    """The row, which was read with `TOLERANT`, with each `DBRef` as a dict and each `Int64` as an `int`.

    Changes the row in place. Numbers of the row itself, such as `seq`, may stay an `Int64`.
    Reading with `EXACT` is slower: the driver decodes a page twice and checks each value.
    """
    for name in _FREE_FIELDS:
        value = row.get(name)
        if value:
            row[name] = _plain(value)  # type: ignore[literal-required]  # a field of the row, because it has a value
    return row


def _plain(value: Any) -> Any:
    """The value with each `DBRef` as a dict and each `Int64` as an `int`, at any depth. Changes the value in place."""
    if isinstance(value, Int64):
        return int(value)
    if isinstance(value, DBRef):
        value = {**value.as_doc()}
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in members:
        if type(inner) in _NOT_PLAIN:
            value[key] = _plain(inner)
    return value
