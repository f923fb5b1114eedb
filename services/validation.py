"""Validates the arguments of services with the models of `inputs/`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ..errors import MOST_PROBLEMS, InvalidInput, TooLarge, problems_of
from ..inputs import near_field, text_size
from ..json_values import NotJson, counter, plain

if TYPE_CHECKING:
    from ..errors import Problem
    from ..inputs import Input
    from ..settings import Limits

I = TypeVar("I", bound="Input")  # noqa: E741 - an input


def validate_input(model: type[I], values: dict[str, Any], limits: Limits) -> I:
    """The input model of these values. Raises `InvalidInput` or `TooLarge`, naming each field and its rule.

    The values are made plain first, so a call in process takes the same Python values as a call of the clients.
    """
    as_json = {name: plain_argument(name, value) for name, value in values.items()}
    try:
        return model.model_validate(as_json, context=limits)
    except ValidationError as error:
        raise input_error(error) from error


def is_id(value: object) -> bool:
    """Whether the value can be an id. A dict would be read as a query operator, and lone surrogates are stored nowhere."""
    if not isinstance(value, str) or not value:
        return False
    try:
        text_size(value)
    except UnicodeEncodeError:
        return False
    return True


def plain_argument(name: str, value: Any) -> Any:
    """The value with the types of JSON. A date stays: queries take dates. Raises `InvalidInput` with the path of the value."""
    if isinstance(value, datetime):
        return value
    try:
        return plain(value)
    except NotJson as found:
        raise _refusal(name, found) from None


def expected_counter(name: str, value: Any) -> int | None:
    """The value of `expected_seq` or `expected_revision`, if it is given. Raises `InvalidInput` for another value."""
    try:
        return None if value is None else counter(value)
    except NotJson as found:
        raise _refusal(name, found) from None


def _refusal(name: str, found: NotJson) -> InvalidInput:
    return InvalidInput([{"loc": [name, *found.path], "msg": found.rule, "type": found.kind}])


def input_error(error: ValidationError, *prefix: str) -> InvalidInput:
    """Our error for an error of pydantic. `prefix` begins the path of each field."""
    for found in error.errors(include_url=False, include_input=False):
        if found["type"] == "too_large":
            field = ".".join(map(str, found["loc"])) or "message"
            return TooLarge(field, found["ctx"]["limit"], found["ctx"].get("unit", "bytes"))
    problems = problems_of(error, *prefix)
    hinted = [_with_hint(error.title, problem, len(prefix)) for problem in problems[:MOST_PROBLEMS]]
    return InvalidInput([*hinted, *problems[MOST_PROBLEMS:]])


def _with_hint(title: str, problem: Problem, prefix: int) -> Problem:
    """The problem, which names the field that the caller may have meant by an unknown one."""
    near = near_field(title, problem["loc"][prefix:]) if problem["type"] == "extra_forbidden" else None
    return problem if near is None else {**problem, "msg": f"{problem['msg']}: did you mean {near!r}?"}


def without_none(**values: Any) -> dict[str, Any]:
    """The arguments that are not None: the caller gave them."""
    return {name: value for name, value in values.items() if value is not None}
