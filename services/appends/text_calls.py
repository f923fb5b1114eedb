"""Reads tool calls out of the text of a message, as clients of the original service send them."""

from __future__ import annotations

from typing import TypeVar

from pydantic_core import PydanticCustomError

from ...history import text_calls
from ...inputs import NewMessage, check_storable

M = TypeVar("M", bound=NewMessage)

_DEEPEST_CALL = 64


def with_text_calls(message: M) -> M:
    """The message with the tool calls that its text consists of. For routes and files of the original service only.

    The text is stored unchanged. The calls are stored beside it, so that they can be queried.
    """
    if message.tool_calls is not None or message.type != "message" or not isinstance(message.content, str):
        return message
    calls = text_calls(message.role, message.content)
    if calls is None:
        return message
    try:
        check_storable(calls, _DEEPEST_CALL)
    except PydanticCustomError:
        return message
    return message.model_copy(update={"tool_calls": calls})
