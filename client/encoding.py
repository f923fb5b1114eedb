"""Serializes bodies and queries. A value that JSON cannot represent exactly is refused, never converted (`json_values.py`)."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import orjson

from ..errors import InvalidInput
from ..json_values import NotJson, counter, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_OPTIONS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
_MIN_INTEGER, _MAX_INTEGER = -(2**63), 2**63 - 1
_SURROGATES = "text must be valid Unicode, without lone surrogates"
_NUMBERS = frozenset(
    {
        "after_seq",
        "archived",
        "pinned",
        "limit",
        "hours",
        "include_inactive",
        "max_tokens",
        "include_incomplete",
        "use_summaries",
        "shorten_outputs",
        "update",
        "dry_run",
    }
)
_DATES = frozenset({"created_after", "created_before", "active_after", "active_before", "since", "until", "at"})
_OBJECTS = frozenset({"meta_data", "labels"})
"""The parameters of queries that are no texts. A server would take any other value for a text."""

Fault = tuple[tuple[str | int, ...], str, str]
"""The path of the value, the rule that it breaks, and the type of the error."""


def json_body(value: Any, *path: str) -> bytes:
    """Return `value` as JSON. `path` leads to the value.

    Raises `InvalidInput` with the path of the first value that JSON cannot represent.
    """
    try:
        body = orjson.dumps(value, option=_OPTIONS)
    except TypeError:  # a value of another type, a lone surrogate, or an integer of more than 64 bits
        body = b"null"
    # orjson writes numbers that are not finite as null, without an error. Check all values only if the body has a null.
    if b"null" in body:
        fragments = (
            {name: one for name, one in value.items() if isinstance(one, orjson.Fragment)}
            if type(value) is dict
            else {}
        )
        exact = _plain(path, {name: value[name] for name in value if name not in fragments} if fragments else value)
        for steps, rule, kind in _faults(exact, path):
            raise _refusal(steps, rule, kind)
        body = orjson.dumps({**exact, **fragments} if fragments else exact)
    return body


def text_fragment(text: object) -> object:
    """The text for a body, also if it ends with half a character: a lone surrogate, which becomes an escape of JSON."""
    if isinstance(text, str) and not is_encodable(text):
        return orjson.Fragment(json.dumps(text))
    return text


def query_string(query: Mapping[str, Any]) -> str:
    """Return the query string of a URL, without the `?`.

    Dates become ISO 8601 with their zone, or with UTC if they have none. Dicts and lists become JSON.
    """
    return urlencode({name: _query_value(name, value) for name, value in query.items()})


def checked_counter(name: str, value: Any) -> int | None:
    """Return `expected_seq` or `expected_revision` as a number, or None. Raises `InvalidInput` for another value."""
    try:
        return None if value is None else counter(value)
    except NotJson as found:
        raise _refusal((name, *found.path), found.rule, found.kind) from None


def _query_value(name: str, value: Any) -> str | bytes:
    if isinstance(value, datetime) and name in _DATES:
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
    exact = _plain((name,), value)
    if isinstance(exact, str):
        if not is_encodable(exact):
            raise InvalidInput.at(name, _SURROGATES, "string_unicode")
        return exact
    if name in _OBJECTS:
        return json_body(exact, name)
    if name not in _NUMBERS:
        raise InvalidInput.at(name, "must be a text", "string_type")
    whole = isinstance(exact, float) and exact.is_integer()
    return json_body(int(exact) if whole else exact, name)


def _plain(path: tuple[str | int, ...], value: Any) -> Any:
    try:
        return plain(value)
    except NotJson as found:
        raise _refusal((*path, *found.path), found.rule, found.kind) from None


def _refusal(path: tuple[str | int, ...], rule: str, kind: str) -> InvalidInput:
    return InvalidInput([{"loc": list(path) or ["body"], "msg": rule, "type": kind}])


def _faults(value: Any, path: tuple[str | int, ...]) -> Iterator[Fault]:
    """The values that JSON readers could not read. `value` is plain."""
    if isinstance(value, dict):
        for key, member in value.items():
            if is_encodable(key):
                yield from _faults(member, (*path, key))
            else:
                yield path, f"keys: {_SURROGATES}", "string_unicode"
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _faults(member, (*path, index))
    elif fault := _fault(value):
        yield path, *fault


def _fault(value: Any) -> tuple[str, str] | None:
    """The rule that a text or a number breaks, and the type of the error."""
    if isinstance(value, str):
        return None if is_encodable(value) else (_SURROGATES, "string_unicode")
    if isinstance(value, float):
        return None if math.isfinite(value) else ("numbers must be finite", "finite_number")
    if isinstance(value, int) and not _MIN_INTEGER <= value <= _MAX_INTEGER:
        return "integers must fit in 64 bits", "integer_too_large"
    return None


def is_encodable(text: str) -> bool:
    """Return whether the text has no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
