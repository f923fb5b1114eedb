"""Builds the calls of `message_service` that read a history for a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..errors import InvalidInput
from ..records import ContextRecord
from .call import Call
from .threads import thread_path

if TYPE_CHECKING:
    from collections.abc import Callable


def get_formatted_messages(thread_id: str) -> Call[list[dict[str, Any]]]:
    """Return the whole history in the format of chat completions: `role`, `content`, and the fields of tools.

    Raises `TooLarge` if the history is larger than 64 MiB as JSON.
    """
    return Call("GET", f"{thread_path(thread_id)}/formatted_messages", list[dict[str, Any]])


def context(
    thread_id: str,
    max_tokens: int,
    *,
    format: Literal["chat", "responses", "anthropic"] = "chat",  # noqa: A002 - the name of the parameter
    counter: Callable[[str], int] | str = "estimate",
    include_incomplete: bool = True,
    unanswered: Literal["mark", "leave_out"] = "mark",
    shorten_outputs: bool = False,
) -> Call[ContextRecord]:
    """Return what is sent to a model next: the newest turns of a thread that fit into `max_tokens`, valid for its API.

    `format` is "chat" (chat completions), "responses" or "anthropic". `counter` is a function that counts the tokens of
    a text, or the name of one: "estimate" or "bytes". Over HTTP it is a name. The instructions with which the thread
    begins are always there. `docs/context.md` has the rules.

    Raises `BudgetTooSmall` if the newest turn does not fit. `shorten_outputs` cuts its outputs of tools, with a mark.
    """
    query = {
        "max_tokens": max_tokens,
        "format": format,
        "counter": _counter_name(counter),
        "include_incomplete": include_incomplete,
        "unanswered": unanswered,
        "shorten_outputs": shorten_outputs,
    }
    return Call("GET", f"{thread_path(thread_id)}/context", ContextRecord, query=query)


def _counter_name(counter: Callable[[str], int] | str) -> str:
    if isinstance(counter, str):
        return counter
    raise InvalidInput.at("counter", "must be the name of a counter, because a function cannot be sent")
