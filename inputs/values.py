"""The values callers may send: text, ids, dicts of JSON, and the rules that keep them storable exactly as they are."""

from __future__ import annotations

import math
from typing import Annotated, Any, TypeVar

import bson
import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import PydanticCustomError

from ..settings import Limits

T = TypeVar("T")
_LIMITS = Limits()
_INT64 = 2**63
_SURELY_FITS = 256 * 1024


class Input(BaseModel):
    """What callers may say; an unknown field is refused, never dropped."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        defer_build=True,  # what nobody says costs no start and no memory: docs/decisions/0031
    )


def limits_of(info: ValidationInfo) -> Limits:
    """The limits that validation was given as its context, or the defaults."""
    return info.context if isinstance(info.context, Limits) else _LIMITS


class _Unstorable(Exception):
    """A value that cannot be stored. The steps that lead to the value are added innermost first, on the way out."""

    def __init__(self, kind: str, rule: str, *, prefix: str = "", root: str = "") -> None:
        super().__init__(rule)
        self.kind = kind
        self.rule = rule
        self.prefix = prefix
        self.root = root
        self.steps: list[str | int] = []

    def error(self) -> PydanticCustomError:
        """The error that callers see: the path of the value, then the rule."""
        path = ""
        for step in reversed(self.steps):
            path = f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}" if path else step
        path = self.prefix + (path or self.root)
        shown = path.encode("ascii", "backslashreplace").decode()[:200].replace("{", "{{").replace("}", "}}")
        rule = f"{shown}: {self.rule}" if path else self.rule
        return PydanticCustomError("storable", "{rule}", {"rule": rule, "kind": self.kind})


def check_storable(value: Any, max_nesting: int) -> None:
    """Refuse what would not come back from MongoDB exactly as it was sent; the error names the path of the value."""
    try:
        _check(value, max_nesting)
    except _Unstorable as found:
        raise found.error() from None


def _check(value: Any, max_nesting: int) -> None:
    kind = type(value)
    if value is None or kind is bool:
        return
    if kind is str:
        _check_text(value)
    elif kind is int:
        if not -_INT64 <= value < _INT64:
            raise _Unstorable("integer_too_large", "integers must fit in 64 bits")
    elif kind is float:
        if not math.isfinite(value):
            raise _Unstorable("finite_number", "numbers must be finite")
    elif kind is dict or kind is list or isinstance(value, (dict, list)):
        if max_nesting <= 0:
            raise _Unstorable("too_deep", "nested too deeply")
        _check_members(value, max_nesting - 1)
    else:
        raise _Unstorable("json_type", f"{kind.__name__} is not a JSON value")


def _check_members(value: dict[Any, Any] | list[Any], max_nesting: int) -> None:
    """Check each member. Paths are built for errors only: a path for each member would copy a long key as often."""
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
    except _Unstorable as found:
        found.steps.append(step)
        raise


def _check_key(key: Any) -> None:
    if type(key) is not str:
        raise _Unstorable("key_type", f"the key {key!r} is not a string")
    _check_text(key, prefix="a key of ", root="the object")
    if "\0" in key:
        raise _Unstorable("key_nul", "keys must not contain the NUL character", root="the object")


def _check_text(text: str, *, prefix: str = "", root: str = "") -> None:
    try:
        text_size(text)
    except UnicodeEncodeError:
        rule = "text must be valid Unicode, without lone surrogates"
        raise _Unstorable("string_unicode", rule, prefix=prefix, root=root) from None


def at_most(value: list[T], limit: int) -> list[T]:
    """Refuse a list of more than `limit` entries."""
    if len(value) > limit:
        raise PydanticCustomError("too_long", "at most {limit} entries", {"limit": limit})
    return value


def text_size(text: str) -> int:
    """The bytes that a text takes; raises `UnicodeEncodeError` for a lone surrogate."""
    return len(text) if text.isascii() else len(text.encode())


def json_size(value: Any) -> int:
    """The bytes that `value` takes as JSON."""
    return len(orjson.dumps(value))


def stored_size(value: Any) -> int:
    """About the bytes that `value` takes in the database: as JSON, or, where that is much, as it is stored.

    A small number in a list takes two bytes of JSON and up to thirteen in the database.
    """
    size = json_size(value)
    return size if size <= _SURELY_FITS else len(bson.encode({"": value}))


def _storable(value: Any, info: ValidationInfo) -> Any:
    check_storable(value, limits_of(info).max_nesting)
    return value


def _bounded(value: Any, info: ValidationInfo) -> Any:
    limit = limits_of(info).max_metadata_bytes
    if value and json_size(value) > limit:
        raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
    return value


def _text(value: object) -> object:
    if type(value) is str:
        check_storable(value, 0)
    return value


def _content(value: object, _: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise PydanticCustomError("content_type", "must be a text or a list of parts, which are objects")
    check_storable(value, limits_of(info).max_nesting)
    return value


Text = Annotated[str, BeforeValidator(_text)]
"""Any text that is valid Unicode, NUL included."""

Content = Annotated[str | list[dict[str, Any]], WrapValidator(_content)]
"""The text of a message, or its parts where there is more than text."""

Name = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=1024)]
"""A short text: an id, a name, an address."""

JsonObject = Annotated[dict[str, Any], AfterValidator(_storable)]
"""Any JSON object that MongoDB gives back exactly as it was."""

MetaData = Annotated[dict[str, Any], AfterValidator(_storable), AfterValidator(_bounded)]
"""A JSON object of bounded size: `meta_data`, `tool_resources`."""
