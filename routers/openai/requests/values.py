"""The values that the OpenAI door takes: strict, and refused with OpenAI's codes.

Where an input may be one of several things, the choice is tagged with a word that begins with a colon: pydantic puts tags into
the place it reports, and there the colon lets them be told from the caller's own words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, Union

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    GetCoreSchemaHandler,
    Tag,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError

from ....inputs import Input, Text, check_storable, limits_of, stored_size

T = TypeVar("T")

MOST_PAIRS, LONGEST_KEY, LONGEST_VALUE = 16, 64, 512

STRICT = ConfigDict(extra="forbid", strict=True)
"""For the shapes inside a body: nothing is converted, nothing unknown is accepted."""
OPEN = ConfigDict(extra="allow", strict=True)
"""For what lies deep in an item: it must be what the SDK's types require, and what is beyond that is kept."""


class Body(Input):
    """The body of a request."""

    model_config = ConfigDict(strict=True)


class Choice:
    """Stands in `Annotated[dict[str, Any], …]` for a choice that pydantic makes and a type checker cannot follow."""

    def __init__(self, choose: Callable[[Any], str | None], refusal: tuple[str, str], kinds: dict[str, Any]) -> None:
        discriminator = Discriminator(choose, custom_error_type=refusal[0], custom_error_message=refusal[1])
        tagged = [Annotated[kind, Tag(f":{name}")] for name, kind in kinds.items()]
        self._union = Annotated[Union[tuple(tagged)], discriminator]  # noqa: UP007 - of as many as there are

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(self._union)


def one_of(**kinds: Any) -> Choice:
    """One of several objects, told apart by their `type`."""
    names = ", ".join(f"'{name}'" for name in kinds)
    return Choice(_kind_in(kinds), ("invalid_kind", f"supported values are: {names}"), kinds)


def text_or(parts: Any) -> Choice:
    """A text, or a list of parts."""
    return Choice(
        _text_or_parts, ("invalid_type", "expected a string or an array of objects"), {"text": Text, "parts": parts}
    )


def _kind_in(kinds: dict[str, Any]) -> Callable[[Any], str | None]:
    def kind(value: Any) -> str | None:
        name = value.get("type") if isinstance(value, dict) else None
        return f":{name}" if isinstance(name, str) and name in kinds else None

    return kind


def _text_or_parts(value: Any) -> str | None:
    if isinstance(value, str):
        return ":text"
    return ":parts" if isinstance(value, list) else None


def _key(key: str) -> str:
    if len(key) > LONGEST_KEY:
        raise PydanticCustomError(
            "property_name_above_max_length",
            "key too long. Expected a key with maximum length {limit}, but got a key with length {length} instead",
            {"limit": LONGEST_KEY, "length": len(key)},
        )
    if "\0" in key:
        raise PydanticCustomError("invalid_value", "keys must not contain the NUL character")
    return key


def _value(value: str) -> str:
    if len(value) > LONGEST_VALUE:
        raise PydanticCustomError(
            "string_above_max_length",
            "string too long. Expected a string with maximum length {limit}, but got a string with length {length} instead",
            {"limit": LONGEST_VALUE, "length": len(value)},
        )
    return value


def few_pairs(value: object) -> object:
    """Refuse an object of more pairs than metadata may have."""
    if isinstance(value, dict) and len(value) > MOST_PAIRS:
        raise PydanticCustomError(
            "object_above_max_properties",
            "too many properties. Expected an object with at most {limit} properties, but got {count} instead",
            {"limit": MOST_PAIRS, "count": len(value)},
        )
    return value


Metadata = Annotated[
    dict[Annotated[Text, AfterValidator(_key)], Annotated[Text, AfterValidator(_value)]], BeforeValidator(few_pairs)
]
"""Up to 16 texts of up to 512 characters, under keys of up to 64."""


def bounded(value: T, info: ValidationInfo) -> T:
    """Refuse what MongoDB would not give back as it is, or what is larger than a message may be."""
    limits = limits_of(info)
    check_storable(value, limits.max_nesting)
    if stored_size(value) > limits.max_message_bytes:
        raise PydanticCustomError(
            "too_large", "larger than the limit of {limit} bytes", {"limit": limits.max_message_bytes}
        )
    return value
