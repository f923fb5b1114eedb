"""Words bodies and queries, and refuses what JSON cannot say: nothing is changed on the way."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from ..errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_DEEPEST = 200
_LOWEST, _HIGHEST = -(2**63), 2**63 - 1
_SURROGATES = "text must be valid Unicode, without lone surrogates"

Fault = tuple[tuple[str | int, ...], str, str]
"""Where, why, and the kind of error."""


def json_body(value: Any) -> bytes:
    """`value` as JSON; raises `InvalidInput` naming the place that cannot be said."""
    try:
        body = orjson.dumps(value, option=_OPTIONS)
    except TypeError as error:
        raise _refusal(value) or InvalidInput.at("body", str(error)) from error
    # Numbers that are not finite become null without a word; only then is it worth a look at every value.
    if b"null" in body and (refusal := _refusal(value)):
        raise refusal
    return body


def query_string(query: Mapping[str, Any]) -> str:
    """What comes behind the `?`: dates in ISO 8601 with their zone (UTC if they have none), dicts as JSON."""
    for name, value in query.items():
        if isinstance(value, str) and not _encodable(value):
            raise InvalidInput.at(name, _SURROGATES, "string_unicode")
    return urlencode({name: _word(value) for name, value in query.items()})


def _word(value: Any) -> str | bytes:
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    return json_body(value) if isinstance(value, (dict, list)) else str(value)


def _refusal(value: Any) -> InvalidInput | None:
    for place, rule, kind in _faults(value, (), _DEEPEST):
        return InvalidInput([{"loc": list(place) or ["body"], "msg": rule, "type": kind}])
    return None


def _faults(value: Any, place: tuple[str | int, ...], levels: int) -> Iterator[Fault]:
    if isinstance(value, str):
        if not _encodable(value):
            yield place, _SURROGATES, "string_unicode"
    elif isinstance(value, float):
        if not math.isfinite(value):
            yield place, "numbers must be finite", "finite_number"
    elif isinstance(value, int):
        if not _LOWEST <= value <= _HIGHEST:
            yield place, "integers must fit in 64 bits", "integer_too_large"
    elif isinstance(value, (dict, list, tuple)):
        if levels:
            yield from _faults_inside(value, place, levels - 1)
        else:
            yield place, "nested too deeply", "too_deep"
    elif value is not None:
        yield place, f"{type(value).__name__} is not a JSON value", "json_type"


def _faults_inside(value: Any, place: tuple[str | int, ...], levels: int) -> Iterator[Fault]:
    if not isinstance(value, dict):
        for index, member in enumerate(value):
            yield from _faults(member, (*place, index), levels)
        return
    for key, member in value.items():
        if not isinstance(key, str):
            yield place, f"the key {key!r} is not a string", "key_type"
        elif not _encodable(key):
            yield place, f"keys: {_SURROGATES}", "string_unicode"
        else:
            yield from _faults(member, (*place, key), levels)


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
