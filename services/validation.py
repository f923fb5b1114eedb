"""Validates the arguments of services with the models of `inputs/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ..errors import InvalidInput, TooLarge

if TYPE_CHECKING:
    from ..inputs import Input
    from ..settings import Limits

I = TypeVar("I", bound="Input")  # noqa: E741 - an input


def validate_input(model: type[I], values: dict[str, Any], limits: Limits) -> I:
    """The input model of these values. Raises `InvalidInput` or `TooLarge`, naming each field and its rule."""
    try:
        return model.model_validate(values, context=limits)
    except ValidationError as error:
        raise input_error(error) from error


def input_error(error: ValidationError, *prefix: str) -> InvalidInput:
    """Our error for an error of pydantic. `prefix` begins the path of each field."""
    for found in error.errors(include_url=False, include_input=False):
        if found["type"] == "too_large":
            field = ".".join(map(str, found["loc"])) or "message"
            return TooLarge(field, found["ctx"]["limit"], found["ctx"].get("unit", "bytes"))
    return InvalidInput.of(error, *prefix)


def without_none(**values: Any) -> dict[str, Any]:
    """The arguments that the caller gave: those that are not None."""
    return {name: value for name, value in values.items() if value is not None}
