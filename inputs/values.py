"""Types of input values: text, ids, JSON objects. Their rules ensure that MongoDB returns a value exactly as it was sent."""

from __future__ import annotations

import math
from typing import Annotated, Any, TypeVar

import orjson
from bson.int64 import Int64
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

T = TypeVar("T")
_LIMITS = Limits()
_INT32, _INT64 = 2**31, 2**63
_PIECE = 64 * 1024
_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})
MOST_FIELDS = 100
"""The most fields of an object of input that names its fields. Pydantic would make one error for each unknown field."""


class Input(BaseModel):
    """The base of all input models. An unknown field is refused, never dropped."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        defer_build=True,  # built at first use: unused models cost no start-up time and no memory (decision 0034)
    )

    @model_validator(mode="before")
    @classmethod
    def _few_fields(cls, data: object) -> object:
        return few_fields(data)


def few_fields(data: T) -> T:
    """The same value. Refuses an object with more than `MOST_FIELDS` fields, before each unknown field makes an error."""
    if isinstance(data, dict) and len(data) > MOST_FIELDS:
        count = len(data)
        raise PydanticCustomError(
            "too_many_fields", "has {count} fields, which is more than there are", {"count": count}
        )
    return data


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


class _Unstorable(Exception):
    """A value cannot be stored. `steps` is the path to the value, the last step first: each caller adds its own step."""

    def __init__(self, kind: str, rule: str, *, prefix: str = "", root: str = "") -> None:
        super().__init__(rule)
        self.kind = kind
        self.rule = rule
        self.prefix = prefix
        self.root = root
        self.steps: list[str | int] = []

    def error(self) -> PydanticCustomError:
        """The error for callers: the path of the value, then the rule."""
        path = ""
        for step in reversed(self.steps):
            path = f"{path}[{step}]" if isinstance(step, int) else f"{path}.{step}" if path else step
        path = self.prefix + (path or self.root)
        shown = path.encode("ascii", "backslashreplace").decode()[:200].replace("{", "{{").replace("}", "}}")
        rule = f"{shown}: {self.rule}" if path else self.rule
        return PydanticCustomError("storable", "{rule}", {"rule": rule, "kind": self.kind})


def check_storable(value: Any, max_nesting: int) -> None:
    """Refuse a value that MongoDB would not return exactly as it was sent.

    Raises `PydanticCustomError`, whose text begins with the path of the value.
    """
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
    elif kind is int or kind is Int64:
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
    """Check each member. A path is built only for an error: a path for each member would copy long keys many times."""
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
    """The same list. Refuses a list of more than `limit` entries."""
    if len(value) > limit:
        raise PydanticCustomError("too_long", "at most {limit} entries", {"limit": limit})
    return value


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


def text_size(text: str) -> int:
    """The bytes of a text in UTF-8. Raises `UnicodeEncodeError` for a lone surrogate."""
    if text.isascii():
        return len(text)
    # Python reserves four bytes for each character that it encodes. So a long text is encoded in pieces.
    return sum(len(text[start : start + _PIECE].encode()) for start in range(0, len(text), _PIECE))


def json_size(value: Any) -> int:
    """The bytes of `value` as JSON."""
    return len(orjson.dumps(value))


def stored_size(value: Any) -> int:
    """The bytes of a JSON value in the database. Makes no copy of its texts, which may be large.

    A small number in a list takes 2 bytes of JSON but up to 13 bytes of BSON.
    """
    if isinstance(value, str):
        return 5 + text_size(value)
    if isinstance(value, dict):
        return 5 + sum(2 + text_size(key) + stored_size(member) for key, member in value.items())
    if isinstance(value, list):
        return 5 + sum(2 + len(str(index)) + stored_size(member) for index, member in enumerate(value))
    if value is None or isinstance(value, bool):
        return 0 if value is None else 1
    return 4 if isinstance(value, int) and -_INT32 <= value < _INT32 else 8


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


def _text(value: object) -> object:
    if type(value) is str:
        check_storable(value, 0)
    return value


def _text_as_it_is(value: object, handler: ValidatorFunctionWrapHandler) -> object:
    """The text. Pydantic's own validator would keep a copy in UTF-8 beside it."""
    return _text(value) if type(value) is str else handler(value)


def _content(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    _stored_content(value, handler, info)
    if isinstance(value, list):
        for index, part in enumerate(value):
            _check_part(part, index)
    return value


def _chunk(value: object, handler: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    """A content whose text may begin and end with half a character."""
    if isinstance(value, str):
        _text(without_half_characters(value))
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
    found = _Unstorable("part_type", rule)
    found.steps = [field, index]
    return found.error()


def _stored_content(value: object, _: ValidatorFunctionWrapHandler, info: ValidationInfo) -> object:
    if isinstance(value, str):
        return _text(value)
    if not isinstance(value, list) or not all(isinstance(part, dict) for part in value):
        raise PydanticCustomError("content_type", "must be a text or a list of parts, which are objects")
    check_storable(value, limits_of(info).max_nesting)
    return value


def _not_a_bool(value: object) -> object:
    """Refuse booleans: pydantic would take `true` for 1."""
    if isinstance(value, bool):
        raise PydanticCustomError("int_type", "must be a number")
    return value


NOT_A_BOOL = BeforeValidator(_not_a_bool)
"""Metadata for a type of numbers. It stands behind the limits of the number."""

Text = Annotated[str, WrapValidator(_text_as_it_is)]
"""Any text that is valid Unicode. NUL characters are allowed."""

Content = Annotated[str | list[dict[str, Any]], WrapValidator(_content)]
"""The text of a message, or a list of its parts. Parts of the types that have a text must have one."""

ChunkContent = Annotated[str | list[dict[str, Any]], WrapValidator(_chunk)]
"""A part of the text of a message, which may begin and end in the middle of a character."""

StoredContent = Annotated[str | list[dict[str, Any]], WrapValidator(_stored_content)]
"""The content of a message that was stored before. Its parts may have any form."""

Name = Annotated[str, BeforeValidator(_text), StringConstraints(max_length=1024)]
"""A short text, at most 1,024 characters: an id, a name, an address."""

LONGEST_ID = 256
Id = Annotated[Name, Field(min_length=1, max_length=LONGEST_ID)]
"""An id that a caller chose or that a service made: 1 to 256 characters of any kind."""

JsonObject = Annotated[dict[str, Any], AfterValidator(_storable)]
"""Any JSON object that MongoDB returns exactly as it was sent."""

MetaData = Annotated[dict[str, Any], AfterValidator(_storable), AfterValidator(_bounded)]
"""A JSON object of at most `max_metadata_bytes` and `max_metadata_keys`: `meta_data`, `tool_resources`."""
