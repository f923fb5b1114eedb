"""The types of values in OpenAI request models. They are strict, and their errors have the codes of OpenAI.

If an input may have one of several forms, the tag of each form begins with a colon. Pydantic puts tags into the location of
an error. The colon distinguishes them from the names in the request.
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
from pydantic_core.core_schema import no_info_before_validator_function

from ....inputs import Input, Text, check_storable, few_fields, limits_of, refuse_many_elements, stored_size

T = TypeVar("T")

MAX_PAIRS, MAX_KEY_LENGTH, MAX_VALUE_LENGTH = 16, 64, 512

STRICT = ConfigDict(extra="forbid", strict=True)
"""For the objects of a body: no value is converted, and no unknown field is accepted."""
OPEN = ConfigDict(extra="allow", strict=True)
"""For the inner objects of an item: the fields of the SDK's types are checked, and other fields are kept."""


class RequestModel(Input):
    """The base of the models of request bodies."""

    model_config = ConfigDict(strict=True)


class Choice:
    """Metadata for `Annotated[dict[str, Any], …]`: a tagged union that pydantic checks and a type checker does not see.

    `choose` gives the tag of a value, or None. `refusal` is the code and the text of the error for None.
    """

    def __init__(self, choose: Callable[[Any], str | None], refusal: tuple[str, str], kinds: dict[str, Any]) -> None:
        discriminator = Discriminator(choose, custom_error_type=refusal[0], custom_error_message=refusal[1])
        tagged = [Annotated[kind, Tag(f":{name}")] for name, kind in kinds.items()]
        self._union = Annotated[Union[tuple(tagged)], discriminator]  # noqa: UP007 - the number of members varies

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return no_info_before_validator_function(few_fields, handler.generate_schema(self._union))


def all_texts(value: object) -> object:
    """The value. Raises one error if it is an object with values that are no texts, not an error for each of them."""
    for key, member in value.items() if isinstance(value, dict) else ():
        if not isinstance(member, str):
            shown = repr(key[:MAX_KEY_LENGTH])
            raise PydanticCustomError("invalid_type", "the value of {key} must be a string", {"key": shown})
    check_storable(value, 1)
    return value


def one_of(**kinds: Any) -> Choice:
    """A union of objects that have different values in `type`."""
    names = ", ".join(f"'{name}'" for name in kinds)
    return Choice(_tag_by_type(kinds), ("invalid_kind", f"supported values are: {names}"), kinds)


def text_or(parts: Any) -> Choice:
    """A union of a text and a list of parts."""
    return Choice(
        _text_or_parts_tag, ("invalid_type", "expected a string or an array of objects"), {"text": Text, "parts": parts}
    )


def _tag_by_type(kinds: dict[str, Any]) -> Callable[[Any], str | None]:
    def tag(value: Any) -> str | None:
        name = value.get("type") if isinstance(value, dict) else None
        return f":{name}" if isinstance(name, str) and name in kinds else None

    return tag


def _text_or_parts_tag(value: Any) -> str | None:
    if isinstance(value, str):
        return ":text"
    return ":parts" if isinstance(value, list) else None


def _key(key: str) -> str:
    if len(key) > MAX_KEY_LENGTH:
        raise PydanticCustomError(
            "property_name_above_max_length",
            "key too long. Expected a key with maximum length {limit}, but got a key with length {length} instead",
            {"limit": MAX_KEY_LENGTH, "length": len(key)},
        )
    if "\0" in key:
        raise PydanticCustomError("invalid_value", "keys must not contain the NUL character")
    return key


def _value(value: str) -> str:
    if len(value) > MAX_VALUE_LENGTH:
        raise PydanticCustomError(
            "string_above_max_length",
            "string too long. Expected a string with maximum length {limit}, but got a string with length {length} instead",
            {"limit": MAX_VALUE_LENGTH, "length": len(value)},
        )
    return value


def few_pairs(value: object) -> object:
    """The value. Raises an error if it is an object with more pairs than metadata may have."""
    if isinstance(value, dict) and len(value) > MAX_PAIRS:
        raise PydanticCustomError(
            "object_above_max_properties",
            "too many properties. Expected an object with at most {limit} properties, but got {count} instead",
            {"limit": MAX_PAIRS, "count": len(value)},
        )
    return value


Metadata = Annotated[
    dict[Annotated[Text, AfterValidator(_key)], Annotated[Text, AfterValidator(_value)]], BeforeValidator(few_pairs)
]
"""Up to 16 texts of up to 512 characters each. Their keys have up to 64 characters."""


def bounded(value: T, info: ValidationInfo) -> T:
    """The value. Raises an error if MongoDB cannot store it unchanged, or if it is larger than a message may be."""
    limits = limits_of(info)
    check_storable(value, limits.max_nesting)
    refuse_many_elements([value], limits)
    if stored_size(value) > limits.max_message_bytes:
        raise PydanticCustomError(
            "too_large", "larger than the limit of {limit} bytes", {"limit": limits.max_message_bytes}
        )
    return value
