"""How the OpenAI door words errors: `{"error": {"message", "type", "param", "code"}}`, and the errors only it has."""

from __future__ import annotations

from typing import Any

from ...errors import (
    Conflict,
    Forbidden,
    IdempotencyMismatch,
    InvalidInput,
    MessageNotFound,
    Problem,
    StillRunning,
    ThreadkeepError,
    ThreadNotFound,
    TooLarge,
    Unauthorized,
    Unavailable,
)

Headers = list[tuple[bytes, bytes]]
_SERVER_ERROR = 500
_UNPROCESSABLE, _BAD_REQUEST = 422, 400
_LONGEST_PARAM = 256


class ConversationNotFound(ThreadNotFound):
    """No conversation has this id, or it was deleted."""


class ItemNotFound(MessageNotFound):
    """No item of this conversation has this id, or it was deleted."""


class NotKept(ThreadkeepError):
    """OpenAI has this, and Threadkeep does not: it keeps conversations and runs no models."""

    status = 501

    def __init__(self, what: str) -> None:
        super().__init__(
            f"Threadkeep does not do this: it keeps threads, messages and conversations, and has no {what}. "
            "Send this request to the service that runs your models."
        )


def render_error(error: ThreadkeepError) -> tuple[int, object, Headers]:
    """Status, JSON and headers for an error."""
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
    if isinstance(error, (Unavailable, StillRunning)):
        headers.append((b"retry-after", str(error.retry_after).encode()))
    elif isinstance(error, (Conflict, NotKept)):
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
    (NotKept, "not_supported"),
    (StillRunning, "request_in_progress"),
    (IdempotencyMismatch, "idempotency_key_reused"),
    (Unavailable, "unavailable"),
)

# What pydantic and our own rules call a problem, as OpenAI does.
_INVALID: dict[str, str] = {
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
}
_OURS = frozenset(
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
    """Sentence, parameter and code of the first problem: OpenAI's envelope has room for one."""
    problem = error.problems[0]
    found, rule = problem["type"], problem["msg"]
    if found == "too_long" and rule.startswith("Value"):  # pydantic lost sight of its being a text
        found, rule = "string_too_long", rule.replace(" items after validation", " characters")
    code = _INVALID.get(found) or (found if found in _OURS else None)
    if code is None:
        code = "invalid_type" if found.endswith("_type") and found != "json_type" else "invalid_value"
    param = _param(problem, whole=isinstance(error, TooLarge))
    return _explained(code, param, rule[:1].lower() + rule[1:].removesuffix(".")), param, code


def _explained(code: str, param: str | None, rule: str) -> str:
    if param is None:
        if code == "invalid_json":
            return f"We could not parse the JSON body of your request: the body {rule}."
        return f"Invalid body: {rule}."
    if code == "missing_required_parameter":
        return f"Missing required parameter: '{param}'."
    if code == "unknown_parameter":
        return f"Unknown parameter: '{param}'."
    word = "Invalid type for" if code == "invalid_type" else "Invalid"
    return f"{word} '{param}': {rule}."


def _param(problem: Problem, *, whole: bool) -> str | None:
    """The path of what is wrong as OpenAI writes it: `messages[0].content[1].text`."""
    place: list[Any] = list(problem["loc"])
    if whole:  # the place as one dotted word, of our own names alone
        place = (
            ["content"]
            if place == ["message"]
            else [int(step) if step.isdigit() else step for step in place[0].split(".")]
        )
    if place and place[0] in ("body", "query", "path", "header"):
        del place[0]
    if place and place[-1] == "[key]":
        del place[-2:]
    if problem["type"] == "invalid_kind":
        place.append("type")
    path = ""
    for step in place:
        if isinstance(step, int):
            path += f"[{step}]"
        elif not step.startswith(":"):
            path += f".{step}" if path else step
    return path[:_LONGEST_PARAM] or None
