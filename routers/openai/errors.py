"""Renders errors in OpenAI's format, `{"error": {"message", "type", "param", "code"}}`, and defines the errors of this API."""

from __future__ import annotations

from typing import Any

from ...errors import (
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    InvalidInput,
    MessageNotFound,
    Problem,
    RateLimited,
    StillRunning,
    ThreadkeepError,
    ThreadNotFound,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from ..http import rate_limit_headers

Headers = list[tuple[bytes, bytes]]
_SERVER_ERROR = 500
_UNPROCESSABLE, _BAD_REQUEST = 422, 400
_MAX_PARAM_LENGTH = 256


class ConversationNotFound(ThreadNotFound):
    """No conversation has this id, or it was deleted."""


class ItemNotFound(MessageNotFound):
    """No item of this conversation has this id, or it was deleted."""


class NotSupported(ThreadkeepError):
    """OpenAI's API has this resource, but Threadkeep stores conversations only and runs no models."""

    status = 501

    def __init__(self, resource: str) -> None:
        super().__init__(
            f"Threadkeep does not do this: it keeps threads, messages and conversations, and has no {resource}. "
            "Send this request to the service that runs your models."
        )


def render_error(error: ThreadkeepError) -> tuple[int, object, Headers]:
    """The status, the body as a JSON value, and the headers of the response."""
    code: str | None
    if isinstance(error, InvalidInput):
        message, param, code = _invalid(error)
        status = _BAD_REQUEST if error.status == _UNPROCESSABLE else error.status
    else:
        message, param, code = _sentence(error), None, _code(error)
        status = error.status
    kind = "server_error" if status >= _SERVER_ERROR else "invalid_request_error"
    return status, {"error": {"message": message, "type": kind, "param": param, "code": code}}, _headers(error)


def _headers(error: ThreadkeepError) -> Headers:
    headers: Headers = []
    if isinstance(error, (Unavailable, StillRunning, RateLimited)):
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if isinstance(error, RateLimited):
        headers += rate_limit_headers(error)
    elif isinstance(error, (Conflict, NotSupported)):
        headers.append((b"x-should-retry", b"false"))
    if isinstance(error, Unauthorized):
        headers.append((b"www-authenticate", b"Bearer"))
    return headers


def _sentence(error: ThreadkeepError) -> str:
    if isinstance(error, ItemNotFound):
        return f"Item with id '{error.message_id}' not found in conversation."
    if isinstance(error, ConversationNotFound):
        return f"Conversation with id '{error.thread_id}' not found."
    if isinstance(error, MessageNotFound):
        return f"No message found with id '{error.message_id}'."
    if isinstance(error, ThreadNotFound):
        return f"No thread found with id '{error.thread_id}'."
    return str(error)


def _code(error: ThreadkeepError) -> str | None:
    for kind, code in _CODES:
        if isinstance(error, kind):
            return code
    return None


_CODES: tuple[tuple[type[ThreadkeepError], str], ...] = (
    (Unauthorized, "invalid_api_key"),
    (Forbidden, "insufficient_permissions"),
    (NotSupported, "not_supported"),
    (StillRunning, "request_in_progress"),
    (IdempotencyMismatch, "idempotency_key_reused"),
    (Unavailable, "unavailable"),
    (RateLimited, "rate_limit_exceeded"),
)

# The codes of OpenAI for the types of problems that pydantic and Threadkeep's rules report.
_CODES_OF_PROBLEMS: dict[str, str] = {
    "missing": "missing_required_parameter",
    "extra_forbidden": "unknown_parameter",
    "int_parsing": "invalid_type",
    "int_from_float": "invalid_type",
    "int_parsing_size": "integer_above_max_value",
    "too_short": "empty_array",
    "too_long": "array_above_max_length",
    "string_too_long": "string_above_max_length",
    "too_large": "string_above_max_length",
    "json_invalid": "invalid_json",
    "json_duplicate_key": "invalid_json",
    "media_type": "unsupported_content_type",
    "content_encoding": "unsupported_content_encoding",
}
_OPENAI_CODES = frozenset(
    {
        "invalid_type",
        "invalid_value",
        "integer_above_max_value",
        "integer_below_min_value",
        "item_already_in_conversation",
        "object_above_max_properties",
        "property_name_above_max_length",
        "string_above_max_length",
        "unsupported_parameter",
    }
)


def _invalid(error: InvalidInput) -> tuple[str, str | None, str]:
    """The message, the parameter and the code of the first problem. OpenAI's format has room for one problem."""
    problem = error.problems[0]
    found, rule = problem["type"], problem["msg"]
    if found == "too_long" and rule.startswith("Value"):  # pydantic reports a text that is too long as a list
        found, rule = "string_too_long", rule.replace(" items after validation", " characters")
    code = _CODES_OF_PROBLEMS.get(found) or (found if found in _OPENAI_CODES else None)
    if code is None:
        code = "invalid_type" if found.endswith("_type") and found != "json_type" else "invalid_value"
    param = _param(problem, whole=isinstance(error, TooLarge))
    return _message(code, param, rule[:1].lower() + rule[1:].removesuffix(".")), param, code


def _message(code: str, param: str | None, rule: str) -> str:
    if param is None:
        if code == "invalid_json":
            return f"We could not parse the JSON body of your request: the body {rule}."
        return f"Invalid body: {rule}."
    if code == "missing_required_parameter":
        return f"Missing required parameter: '{param}'."
    if code == "unknown_parameter":
        return f"Unknown parameter: '{param}'."
    prefix = "Invalid type for" if code == "invalid_type" else "Invalid"
    return f"{prefix} '{param}': {rule}."


def _param(problem: Problem, *, whole: bool) -> str | None:
    """The path of the invalid value in OpenAI's notation: `messages[0].content[1].text`."""
    location: list[Any] = list(problem["loc"])
    if whole:  # `TooLarge` has the path as one text with dots
        location = (
            ["content"]
            if location == ["message"]
            else [int(step) if step.isdigit() else step for step in location[0].split(".")]
        )
    if location and location[0] in ("body", "query", "path", "header"):
        del location[0]
    if location and location[-1] == "[key]":
        del location[-2:]
    if problem["type"] == "invalid_kind":
        location.append("type")
    path = ""
    for step in location:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith(":"):
            path += f".{step}" if path else step
    return path[:_MAX_PARAM_LENGTH] or None
