"""The content of messages: text or parts."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from ..settings import Limits
from .storable import Unstorable, check_storable
from .values import check_text, limits_of

_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})


def refuse_many_elements(values: list[Any], limits: Limits) -> None:
    """Raise an error if these values of one message have more than `max_message_elements` keys and values together.

    Each takes a database more time than its bytes suggest.
    """
    limit = limits.max_message_elements
    if _elements(values, limit) > limit:
        facts = {"limit": limit, "unit": "keys and values"}
        raise PydanticCustomError("too_large", "larger than the limit of {limit} {unit}", facts)


def _elements(values: list[Any], most: int) -> int:
    """The keys and values in these values, at any depth. Stops counting above `most`."""
    found, waiting = 0, list(values)
    while waiting and found <= most:
        value = waiting.pop()
        if isinstance(value, dict):
            found += 2 * len(value)
            members: Any = value.values()
        else:
            found += len(value)
            members = value
        waiting += [member for member in members if isinstance(member, (dict, list)) and member]
    return found


def _content(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    _stored_content(value, handler, info)
    if isinstance(value, list):
        for index, part in enumerate(value):
            _check_part(part, index)
    return value


def _chunk(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    """A content whose text may begin and end with half a character."""
    if isinstance(value, str):
        check_text(without_half_characters(value))
        return value
    return _content(value, handler, info)


def without_half_characters(text: str) -> str:
    """The text without the second half of a character at its beginning, and without a first half at its end."""
    begin = 1 if "\udc00" <= text[:1] <= "\udfff" else 0
    end = len(text) - (1 if "\ud800" <= text[-1:] <= "\udbff" else 0)
    return text[begin:end]


def _check_part(part: dict[str, Any], index: int) -> None:
    """Refuse a part without the fields that readers of its type rely on."""
    kind = part.get("type", "")
    if not isinstance(kind, str):
        raise _wrong_part(index, "type", "must be a string")
    if kind in _TEXT_PARTS:
        text = part.get("text")
        if isinstance(text, dict):
            if not isinstance(text.get("annotations") or [], list):
                raise _wrong_part(index, "text.annotations", "must be an array")
            text = text.get("value")
        if not isinstance(text, str):
            raise _wrong_part(index, "text", "must be a string, or an object with the string `value`")
    if kind == "refusal" and not isinstance(part.get("refusal"), str):
        raise _wrong_part(index, "refusal", "must be a string")


def _wrong_part(index: int, field: str, rule: str) -> PydanticCustomError:
    found = Unstorable("part_type", rule)
    found.steps = [field, index]
    return found.error()


def _stored_content(value: object, _: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return check_text(value)
    if value is None:
        raise PydanticCustomError("content_null", "may be null only beside `tool_calls` or `item`")
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise PydanticCustomError("content_type", "must be a text or a list of parts, which are objects")
    check_storable(value, limits_of(info).max_nesting)
    return value


def or_null(schema: dict[str, Any]) -> None:
    """Describe in a JSON schema that a content may be null, beside calls or an item."""
    schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]


Content = Annotated[str | list[dict[str, Any]], WrapValidator(_content)]
"""The text of a message, or a list of its parts. Parts of the types that have a text must have one."""

ChunkContent = Annotated[str | list[dict[str, Any]], WrapValidator(_chunk)]
"""A part of the text of a message, which may begin and end in the middle of a character."""

StoredContent = Annotated[str | list[dict[str, Any]], WrapValidator(_stored_content)]
"""The content of a message that was stored before. Its parts may have any form."""
