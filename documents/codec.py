"""Options for reading documents exactly as they were stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from bson.codec_options import CodecOptions, DatetimeConversion, TypeDecoder, TypeRegistry
from bson.dbref import DBRef
from bson.int64 import Int64
from bson.raw_bson import RawBSONDocument

if TYPE_CHECKING:
    from collections.abc import Mapping

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
"""Types whose values `_make_plain` must look at. Every other type is left as it is."""


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

A date that Python does not have is read as the nearest date. Wrong bytes of a text that is not UTF-8 are read as U+FFFD.
"""

RAW: CodecOptions[RawBSONDocument] = TOLERANT.with_options(document_class=RawBSONDocument)
"""Options that leave each row undecoded until it is needed."""

EXACT: CodecOptions[dict[str, Any]] = TOLERANT.with_options(
    type_registry=TypeRegistry([_PlainReference(), _PlainInteger()])
)
"""The codec options with which Threadkeep reads its database."""


def exact(row: R) -> int:
    """Turn each `DBRef` of a row, which was read with `TOLERANT`, into a dict, and each `Int64` into an `int`.

    Changes the row in place. Numbers of the row itself, such as `seq`, may stay an `Int64`. Returns the number of keys and
    values in the free fields. Reading with `EXACT` is slower: the driver decodes a page twice and checks each value.
    """
    found = 0
    for name in _FREE_FIELDS:
        value = row.get(name)
        if value:
            if isinstance(value, DBRef):
                value = row[name] = {**value.as_doc()}  # type: ignore[literal-required]  # a field of the row
            found += _make_plain(value)
    return found


def _make_plain(value: Any) -> int:
    """Turn each `DBRef` in the value into a dict, and each `Int64` into an `int`, at any depth.

    Returns the number of keys and values.
    """
    is_object = isinstance(value, dict)
    found = 2 * len(value) if is_object else len(value)
    for key, inner in value.items() if is_object else enumerate(value):
        if type(inner) in _NOT_PLAIN:
            if isinstance(inner, Int64):
                value[key] = int(inner)
                continue
            if isinstance(inner, DBRef):
                inner = value[key] = {**inner.as_doc()}  # noqa: PLW2901 - it replaces the value
            found += _make_plain(inner)
    return found


def elements_of(row: Mapping[str, Any]) -> int:
    """The number of keys and values in the free fields of a row, at any depth."""
    return sum(count_elements(row[name]) for name in _FREE_FIELDS if row.get(name))


def count_elements(value: Any) -> int:
    """The number of keys and values in a value, at any depth."""
    if isinstance(value, dict):
        return 2 * len(value) + sum(map(count_elements, value.values()))
    return len(value) + sum(map(count_elements, value)) if isinstance(value, list) else 0
