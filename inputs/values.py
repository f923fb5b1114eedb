"""Types of input values: text, ids, lists, JSON objects."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Self, TypeVar, Union, get_args, get_origin

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StringConstraints,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    WrapValidator,
    model_validator,
)
from pydantic_core import CoreSchema, PydanticCustomError
from pydantic_core.core_schema import no_info_before_validator_function

from ..settings import Limits
from .storable import check_storable, json_size

T = TypeVar("T")
_LIMITS = Limits()
MOST_FIELDS = 100
"""The most fields of an object of input that names its fields. Pydantic would make one error for each unknown field."""
_LONGEST_CHOICE = 100


class Input(BaseModel):
    """The base of all input models. An unknown field is refused, never dropped."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        defer_build=True,  # built at first use: unused models cost no start-up time and no memory (decision 0034)
    )

    @classmethod
    def model_construct(cls, _fields_set: set[str] | None = None, **values: Any) -> Self:  # type: ignore[override]  # its plugin makes another signature
        """Make a model without validation. Pydantic alone asks each default factory for its signature: 70 µs for `list`."""
        given = set(values) if _fields_set is None else _fields_set
        missing = {name: factory() for name, factory in _factories_of(cls).items() if name not in values}
        return super().model_construct(given, **values, **missing)

    @model_validator(mode="before")
    @classmethod
    def _bounded(cls, data: object) -> object:
        return with_short_choices(few_fields(data), _choices_of(cls))


def few_fields(data: T) -> T:
    """The same value. Refuses an object with more than `MOST_FIELDS` fields, before each unknown field makes an error."""
    if isinstance(data, dict) and len(data) > MOST_FIELDS:
        count = len(data)
        raise PydanticCustomError(
            "too_many_fields", "has {count} fields, which is more than there are", {"count": count}
        )
    return data


@cache
def _factories_of(model: type[BaseModel]) -> dict[str, Callable[[], Any]]:
    """The default factories of the fields that need no other field."""
    factories = {name: field.default_factory for name, field in model.model_fields.items()}
    return {name: factory for name, factory in factories.items() if factory in (list, dict)}


def kinds_of(annotation: Any) -> set[Any]:
    """The generic types of an annotation, such as `list` or `Literal`, also behind `None |` and in `Annotated`."""
    origin = get_origin(annotation)
    if origin in (Annotated, Union, UnionType):
        return {kind for one in get_args(annotation) for kind in kinds_of(one)}
    return set() if origin is None else {origin}


@cache
def _choices_of(model: type[BaseModel]) -> frozenset[str]:
    """The fields that take one of a few texts."""
    return frozenset(name for name, field in model.model_fields.items() if Literal in kinds_of(field.annotation))


def with_short_choices(data: T, choices: frozenset[str]) -> T:
    """The same object, with long texts of these fields cut. A long text is no valid choice, and its error would copy it."""
    if not isinstance(data, dict):
        return data
    long = {
        name: value[:_LONGEST_CHOICE]
        for name in choices
        if isinstance(value := data.get(name), str) and len(value) > _LONGEST_CHOICE
    }
    return {**data, **long} if long else data  # type: ignore[return-value]  # an object stays one


FewFields = BeforeValidator(few_fields)
"""Metadata for a type of objects that is no `Input`: refuses an object with more than `MOST_FIELDS` fields."""


class _FirstErrorOnly:
    """Metadata for a list type: its validation stops at the first entry with an error."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema: Any = handler(source)
        if schema["type"] == "list":
            schema["fail_fast"] = True
            entry = schema.get("items_schema", {"type": "any"})
            if entry["type"] in ("typed-dict", "definition-ref"):
                schema["items_schema"] = no_info_before_validator_function(few_fields, entry)
        return schema  # type: ignore[no-any-return]  # a list schema has keys that its type does not allow to set


Entries = Annotated[list[T], _FirstErrorOnly()]
"""A list. Validation stops at its first invalid entry: an error for each of a million entries would take gigabytes."""


def limits_of(info: ValidationInfo) -> Limits:
    """The limits in the context of this validation, or the default limits."""
    return info.context if isinstance(info.context, Limits) else _LIMITS


def at_most(value: list[T], limit: int) -> list[T]:
    """The same list. Refuses a list of more than `limit` entries."""
    if len(value) > limit:
        raise PydanticCustomError("too_long", "at most {limit} entries", {"limit": limit})
    return value


def _storable(value: Any, info: ValidationInfo) -> Any:
    check_storable(value, limits_of(info).max_nesting)
    return value


def _bounded(value: Any, info: ValidationInfo) -> Any:
    limits = limits_of(info)
    if value and len(value) > limits.max_metadata_keys:
        raise PydanticCustomError("too_many_keys", "at most {limit} keys", {"limit": f"{limits.max_metadata_keys:,}"})
    limit = limits.max_metadata_bytes
    if value and json_size(value) > limit:
        raise PydanticCustomError("too_large", "larger than the limit of {limit} bytes", {"limit": limit})
    return value


def check_text(value: object) -> object:
    """The same value. Refuses a text that is not valid Unicode."""
    if type(value) is str and not value.isascii():
        check_storable(value, 0)
    return value


def _text_as_it_is(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """The text. Pydantic's own validator would keep a copy in UTF-8 beside it."""
    return check_text(value) if type(value) is str else handler(value)


def _not_a_bool(value: object) -> object:
    """Refuse booleans: pydantic would take `true` for 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "must be a number")
    return value


NOT_A_BOOL = BeforeValidator(_not_a_bool)
"""Metadata for a type of numbers. It stands behind the limits of the number."""


def _not_a_text(value: object) -> object:
    """Refuse texts: pydantic would take `"1"` for 1. Query strings hold texts, bodies hold numbers."""
    if isinstance(value, str):
        raise PydanticCustomError("int_type", "must be a number")
    return _not_a_bool(value)


NOT_A_TEXT = BeforeValidator(_not_a_text)
"""Metadata for a type of numbers in a body, like `NOT_A_BOOL`. It refuses texts too."""


Flag = Annotated[bool, Field(strict=True)]
"""True or false. Pydantic would also take texts such as `yes`, and copy each text before it refuses it."""

Text = Annotated[str, WrapValidator(_text_as_it_is)]
"""Any text that is valid Unicode. NUL characters are allowed."""

Name = Annotated[str, StringConstraints(max_length=1024), BeforeValidator(check_text)]
"""A short text, at most 1,024 characters: an id, a name, an address."""

LONGEST_ID = 256
Id = Annotated[Name, Field(min_length=1, max_length=LONGEST_ID)]
"""An id that a caller chose or that a service made: 1 to 256 characters of any kind."""

JsonObject = Annotated[dict[str, Any], AfterValidator(_storable)]
"""Any JSON object that MongoDB returns exactly as it was sent."""

MetaData = Annotated[dict[str, Any], AfterValidator(_storable), AfterValidator(_bounded)]
"""A JSON object of at most `max_metadata_bytes` and `max_metadata_keys`: `meta_data`, `tool_resources`."""
