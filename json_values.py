"""Python values as JSON values. The services in process and the clients share these rules, so both store the same."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from datetime import date, time
from decimal import Decimal
from enum import Enum
from itertools import islice
from typing import Any
from uuid import UUID

MOST_LEVELS = 200
"""The deepest nesting that is followed. The limits of services are lower."""
MOST_COUNTED = 2**53
"""Higher than every number and every revision, also in the header `If-Match`."""

_REMEDIES: tuple[tuple[type | tuple[type, ...], str], ...] = (
    ((date, time), "pass its isoformat()"),
    (Decimal, "pass a float, or its text"),
    ((bytes, bytearray, memoryview), "pass a text"),
    ((set, frozenset), "pass a list"),
)


class NotJson(Exception):
    """A value has no exact form in JSON. `steps` leads to the value, the last step first: each caller adds its own step."""

    def __init__(self, kind: str, rule: str) -> None:
        super().__init__(rule)
        self.kind = kind
        self.rule = rule
        self.steps: list[str | int] = []

    @property
    def path(self) -> list[str | int]:
        """The keys and indexes that lead to the value."""
        return self.steps[::-1]


def plain(value: Any, levels: int = MOST_LEVELS) -> Any:
    """The value with the types that `json.loads` gives. The same object if it has only these types.

    Subclasses of `str`, `int`, `float`, `dict` and `list` become their base, tuples become lists, members of enumerations
    become their values, and UUIDs become texts. Raises `NotJson` for everything else.
    """
    kind = type(value)
    if kind is str or kind is int or kind is float or kind is bool or value is None:
        return value
    if isinstance(value, Enum):
        return plain(value.value, levels)
    if isinstance(value, dict):
        made = _plain_dict(value, levels)
        return made if type(made) is dict else {**made}
    if isinstance(value, (list, tuple)):
        return _plain_list(value, levels)
    return _plain_scalar(value)


def _plain_dict(value: dict[Any, Any], levels: int) -> dict[str, Any]:
    if levels <= 0:
        raise NotJson("too_deep", "nested too deeply")
    copied: dict[str, Any] | None = None  # made at the first member that changes
    for index, (key, member) in enumerate(value.items()):
        name = key if type(key) is str else _plain_key(key)
        try:
            made = plain(member, levels - 1)
        except NotJson as found:
            found.steps.append(name)
            raise
        if copied is None and (made is not member or name is not key):
            copied = dict(islice(value.items(), index))
        if copied is not None:
            copied[name] = made
    return value if copied is None else copied


def _plain_list(value: list[Any] | tuple[Any, ...], levels: int) -> Any:
    if levels <= 0:
        raise NotJson("too_deep", "nested too deeply")
    copied: list[Any] | None = None
    for index, member in enumerate(value):
        try:
            made = plain(member, levels - 1)
        except NotJson as found:
            found.steps.append(index)
            raise
        if copied is None and made is not member:
            copied = [*value[:index]]
        if copied is not None:
            copied.append(made)
    if copied is not None:
        return copied
    return value if type(value) is list else [*value]


def _plain_key(key: Any) -> str:
    name = plain(key.value) if isinstance(key, Enum) else key
    if isinstance(name, str):
        return str.__str__(name)
    raise NotJson("key_type", f"the key {key!r} is not a string")


def _plain_scalar(value: Any) -> Any:
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, UUID):
        return str(value)
    raise NotJson("json_type", f"{type(value).__name__} is not a JSON value{_remedy(value)}")


def _remedy(value: Any) -> str:
    for kinds, text in _REMEDIES:
        if isinstance(value, kinds):
            return f": {text}"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return ": pass its dataclasses.asdict()"
    return ": pass its model_dump()" if hasattr(type(value), "model_dump") else ""


def entries(value: Any) -> Any:
    """A list of the entries of an iterable. A text or a mapping is returned as it is, because it is no list of entries."""
    no_list = isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable)
    return value if no_list else list(value)


def counter(value: Any) -> int:
    """A number or a revision that a caller expects. Raises `NotJson` unless it is a whole number below 2^53."""
    number = plain(value)
    if type(number) is not int or not 0 <= number < MOST_COUNTED:
        raise NotJson("int_type", "must be a whole number below 2^53")
    return number
