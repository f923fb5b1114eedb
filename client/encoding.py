"""Serializes bodies and queries. A value that JSON cannot represent exactly is refused, never converted."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from ..errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_MAX_DEPTH = 200
_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**63 - 1
_SURROGATES = "text must be valid Unicode, without lone surrogates"

Fault = tuple[tuple[str | int, ...], str, str]
"""The path of the value, the rule that it breaks, and the type of the error."""


def json_body(value: Any) -> bytes:
    """Return `value` as JSON.

    Raises `InvalidInput` with the path of the first value that JSON cannot represent.
    """
    try:
        body = orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:
        raise _refusal(value) or InvalidInput.at("body", str(error)) from error
    # orjson writes numbers that are not finite as null, without an error. Check all values only if the body has a null.
    if b"null" in body and (refusal := _refusal(value)):
        raise refusal
    return body


def text_fragment(text: object) -> object:
    """The text for a body, also if it ends with half a character: a lone surrogate, which becomes an escape of JSON."""
    if isinstance(text, str) and not _encodable(text):
        return orjson.Fragment(json.dumps(text))
    return text


def query_string(query: Mapping[str, Any]) -> str:
    """Return the query string of a URL, without the `?`.

    Dates become ISO 8601 with their zone, or with UTC if they have none. Dicts and lists become JSON.
    """
    for name, value in query.items():
        if isinstance(value, str) and not _encodable(value):
            raise InvalidInput.at(name, _SURROGATES, "string_unicode")
    return urlencode({name: _query_value(value) for name, value in query.items()})


def _query_value(value: Any) -> str | bytes:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return json_body(value) if isinstance(value, (dict, list)) else str(value)


def _refusal(value: Any) -> InvalidInput | None:
    for path, rule, kind in _faults(value, (), _MAX_DEPTH):
        return InvalidInput([{"loc": list(path) or ["body"], "msg": rule, "type": kind}])
    return None


def _faults(value: Any, path: tuple[str | int, ...], levels: int) -> Iterator[Fault]:
    if isinstance(value, str):
        if not _encodable(value):
            yield path, _SURROGATES, "string_unicode"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield path, "numbers must be finite", "finite_number"
    elif isinstance(value, int):
        if not _MIN_INTEGER <= value <= _MAX_INTEGER:
            yield path, "integers must fit in 64 bits", "integer_too_large"
    elif isinstance(value, (dict, list, tuple)):
        if levels:
            yield from _faults_inside(value, path, levels - 1)
        else:
            yield path, "nested too deeply", "too_deep"
    elif value is not None and not isinstance(value, orjson.Fragment):
        yield path, f"{type(value).__name__} is not a JSON value", "json_type"


def _faults_inside(value: Any, path: tuple[str | int, ...], levels: int) -> Iterator[Fault]:
    if not isinstance(value, dict):
        for index, member in enumerate(value):
            yield from _faults(member, (*path, index), levels)
        return
    for key, member in value.items():
        if not isinstance(key, str):
            yield path, f"the key {key!r} is not a string", "key_type"
        elif not _encodable(key):
            yield path, f"keys: {_SURROGATES}", "string_unicode"
        else:
            yield from _faults(member, (*path, key), levels)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
