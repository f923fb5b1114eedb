"""The types of the vendors' own libraries accept every window, as their checkers of types would."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from pydantic import TypeAdapter, ValidationError

from threadkeep.context import Demand, window_of
from threadkeep.errors import BudgetTooSmall
from threadkeep.tests.context.histories import DEMANDS, FORMATS, Row, histories, whole


@cache
def accepted(format_: str) -> TypeAdapter[Any]:
    """Return the type of the messages of a request."""
    match format_:
        case "chat":
            from openai.types.chat import ChatCompletionMessageParam  # noqa: PLC0415 - a second to load

            return TypeAdapter(list[ChatCompletionMessageParam])
        case "responses":
            from openai.types.responses import ResponseInputItemParam  # noqa: PLC0415

            return TypeAdapter(list[ResponseInputItemParam])
        case _:
            from anthropic.types import MessageParam  # noqa: PLC0415

            return TypeAdapter(list[MessageParam])


def read_all(value: Any) -> None:
    """Read all of a validated value: pydantic checks an `Iterable` when it is read."""
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        return
    for member in value:
        read_all(member)


def is_accepted(format_: str, messages: list[dict[str, Any]]) -> None:
    read_all(accepted(format_).validate_python(messages))


@pytest.mark.slow
@given(histories(), DEMANDS)
def test_the_types_of_the_vendors_accept_every_window(rows: list[Row], demand: Demand) -> None:
    try:
        window = window_of(whole(rows), demand)
    except BudgetTooSmall:
        return

    is_accepted(demand.format, window.messages)


@pytest.mark.slow
@pytest.mark.parametrize("format_", FORMATS)
def test_the_types_of_the_vendors_refuse_invalid_requests(format_: str) -> None:
    with pytest.raises(ValidationError):
        is_accepted(format_, [{"role": "nobody", "content": 5}])


@pytest.mark.slow
def test_iterables_are_read() -> None:
    with pytest.raises(ValidationError):
        is_accepted("anthropic", [{"role": "user", "content": [{"type": "text", "text": 5}]}])
