"""Values that MongoDB returns exactly as they were sent, and their sizes."""

from __future__ import annotations

import math
from typing import Any

import orjson
from bson.int64 import Int64
from pydantic_core import PydanticCustomError

_INT32, _INT64 = 2**31, 2**63
_PIECE = 64 * 1024


class Unstorable(Exception):
    """A value cannot be stored. `steps` is the path to the value, the last step first: each caller adds its own step."""

    def __init__(self, kind: str, rule: str, *, prefix: str = "", root: str = "") -> None:
        super().__init__(rule)
        self.kind = kind
        self.rule = rule
        self.prefix = prefix
        self.root = root
        self.steps: list[str | int] = []

    def error(self) -> PydanticCustomError:
        """The error for callers: the path of the value, then the rule."""
        path = ""
        for step in reversed(self.steps):
            path = f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}" if path else step
        path = self.prefix + (path or self.root)
        shown = path.encode("ascii", "backslashreplace").decode()[:200].replace("{", "{{").replace("}", "}}")
        rule = f"{shown}: {self.rule}" if path else self.rule
        return PydanticCustomError("storable", "{rule}", {"rule": rule, "kind": self.kind})


def check_storable(value: Any, max_nesting: int) -> None:
    """Refuse a value that MongoDB would not return exactly as it was sent.

    Raises `PydanticCustomError`, whose text begins with the path of the value.
    """
    try:
        _check(value, max_nesting)
    except Unstorable as found:
        raise found.error() from None


def _check(value: Any, max_nesting: int) -> None:
    kind = type(value)
    if value is None or kind is bool:
        return
    if kind is str:
        _check_text(value)
    elif kind is int or kind is Int64:
        if not -_INT64 <= value < _INT64:
            raise Unstorable("integer_too_large", "integers must fit in 64 bits")
    elif kind is float:
        if not math.isfinite(value):
            raise Unstorable("finite_number", "numbers must be finite")
    elif kind is dict or kind is list or isinstance(value, (dict, list)):
        if max_nesting <= 0:
            raise Unstorable("too_deep", "nested too deeply")
        _check_members(value, max_nesting - 1)
    else:
        raise Unstorable("json_type", f"{kind.__name__} is not a JSON value")


def _check_members(value: dict[Any, Any] | list[Any], max_nesting: int) -> None:
    """Check each member. A path is built only for an error: a path for each member would copy long keys many times."""
    if isinstance(value, dict):
        for key, member in value.items():
            _check_key(key)
            _check_member(key, member, max_nesting)
    else:
        for index, member in enumerate(value):
            _check_member(index, member, max_nesting)


def _check_member(step: str | int, member: Any, max_nesting: int) -> None:
    try:
        _check(member, max_nesting)
    except Unstorable as found:
        found.steps.append(step)
        raise


def _check_key(key: Any) -> None:
    if type(key) is not str:
        raise Unstorable("key_type", f"the key {key!r} is not a string")
    _check_text(key, prefix="a key of ", root="the object")
    if "\0" in key:
        raise Unstorable("key_nul", "keys must not contain the NUL character", root="the object")


def _check_text(text: str, *, prefix: str = "", root: str = "") -> None:
    try:
        text_size(text)
    except UnicodeEncodeError:
        rule = "text must be valid Unicode, without lone surrogates"
        raise Unstorable("string_unicode", rule, prefix=prefix, root=root) from None


def text_size(text: str) -> int:
    """The bytes of a text in UTF-8. Raises `UnicodeEncodeError` for a lone surrogate."""
    if text.isascii():
        return len(text)
    # Python reserves four bytes for each character that it encodes. So a long text is encoded in pieces.
    return sum(len(text[start : start + _PIECE].encode()) for start in range(0, len(text), _PIECE))


def json_size(value: Any) -> int:
    """The bytes of `value` as JSON."""
    return len(orjson.dumps(value))


def stored_size(value: Any) -> int:
    """The bytes of a JSON value in the database. Makes no copy of its texts, which may be large.

    A small number in a list takes 2 bytes of JSON but up to 13 bytes of BSON.
    """
    if isinstance(value, str):
        return 5 + text_size(value)
    if isinstance(value, dict):
        return 5 + sum(2 + text_size(key) + stored_size(member) for key, member in value.items())
    if isinstance(value, list):
        return 5 + sum(2 + len(str(index)) + stored_size(member) for index, member in enumerate(value))
    if value is None or isinstance(value, bool):
        return 0 if value is None else 1
    return 4 if isinstance(value, int) and -_INT32 <= value < _INT32 else 8
