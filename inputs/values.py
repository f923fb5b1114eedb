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


def check_storable(value: Any, max_nesting: int, path: str = "") -> None:
    """Refuse what would not come back from MongoDB exactly as it was sent; the error names the place."""
    kind = type(value)
    if value is None or kind is bool:
        return
    if kind is str:
        _check_text(value, path)
    elif kind is int:
        if not -_INT64 <= value < _INT64:
            raise _refusal("integer_too_large", "integers must fit in 64 bits", path)
    elif kind is float:
        if not math.isfinite(value):
            raise _refusal("finite_number", "numbers must be finite", path)
    elif kind is dict or kind is list or isinstance(value, (dict, list)):
        if max_nesting <= 0:
            raise _refusal("too_deep", "nested too deeply", path)
        _check_members(value, max_nesting - 1, path)
    else:
        raise _refusal("json_type", f"{kind.__name__} is not a JSON value", path)


def _check_members(value: dict[Any, Any] | list[Any], max_nesting: int, path: str) -> None:
    if isinstance(value, list):
        for index, member in enumerate(value):
            check_storable(member, max_nesting, f"{path}[{index}]")
        return
    for key, member in value.items():
        if type(key) is not str:
            raise _refusal("key_type", f"the key {key!r} is not a string", path)
        place = f"{path}.{key}" if path else key
        _check_text(key, "a key of " + (path or "the object"))
        if "\0" in key:
            raise _refusal("key_nul", "keys must not contain the NUL character", path or "the object")
        check_storable(member, max_nesting, place)


def _check_text(text: str, path: str) -> None:
    try:
        text_size(text)
    except UnicodeEncodeError:
        raise _refusal("string_unicode", "text must be valid Unicode, without lone surrogates", path) from None


def _refusal(kind: str, rule: str, path: str) -> PydanticCustomError:
    place = path.encode("ascii", "backslashreplace").decode()[:200].replace("{", "{{").replace("}", "}}")
    return PydanticCustomError("storable", "{rule}", {"rule": f"{place}: {rule}" if path else rule, "kind": kind})


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
        _check_text(value, "")
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
