"""Builds the calls of `message_service` that read a history for a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..errors import InvalidInput
from ..records import ContextRecord, MessageRecord
from .call import Call, without_none
from .messages import if_newest_is
from .threads import thread_path

if TYPE_CHECKING:
    from collections.abc import Callable


def get_formatted_messages(thread_id: str) -> Call[list[dict[str, Any]]]:
    """Return the whole history in the format of chat completions: `role`, `content`, and the fields of tools.

    Raises `TooLarge` if the history is larger than 64 MiB as JSON.
    """
    return Call("GET", f"{thread_path(thread_id)}/formatted_messages", list[dict[str, Any]])


def add_summary(
    thread_id: str,
    text: str,
    *,
    upto_seq: int,
    from_seq: int = 1,
    assistant_id: str | None = None,
    meta_data: dict[str, Any] | None = None,
    client_id: str | None = None,
    expected_seq: int | None = None,
) -> Call[MessageRecord]:
    """Append a summary of the messages from `from_seq` up to `upto_seq`, and return it: a message of type "summary".

    `context` shows it in place of these messages, which stay as they are. To revoke a summary, delete it. Needs the right
    to change the thread. Raises `InvalidInput` if `upto_seq` is above the newest number. `client_id` and `expected_seq`
    are those of `create_message`.
    """
    body = without_none(assistant_id=assistant_id, meta_data=meta_data, client_id=client_id)
    body |= {"text": text, "from_seq": from_seq, "upto_seq": upto_seq}
    path = f"{thread_path(thread_id)}/summaries"
    return Call("POST", path, MessageRecord, body=body, if_match=if_newest_is(expected_seq))


def context(
    thread_id: str,
    max_tokens: int,
    *,
    format: Literal["chat", "responses", "anthropic"] = "chat",  # noqa: A002 - the name of the parameter
    counter: Callable[[str], int] | str = "estimate",
    include_incomplete: bool = True,
    unanswered: Literal["mark", "leave_out"] = "mark",
    use_summaries: bool = True,
    shorten_outputs: bool = False,
) -> Call[ContextRecord]:
    """Return the window of a thread for a model: its newest turns that fit into `max_tokens`, valid for the model API.

    `format` is "chat" (chat completions), "responses" or "anthropic". `counter` is a function that counts the tokens of
    a text, or the name of one: "estimate", "bytes", "cl100k_base" or "o200k_base". Over HTTP it is a name.

    The window always has the pinned messages and the instructions with which the thread begins. Summaries stand in place of
    older messages. `docs/context.md` has the rules.

    Raises `BudgetTooSmall` if the newest turn does not fit. `shorten_outputs` cuts its outputs of tools, with a mark.
    """
    query = {
        "max_tokens": max_tokens,
        "format": format,
        "counter": _counter_name(counter),
        "include_incomplete": include_incomplete,
        "unanswered": unanswered,
        "use_summaries": use_summaries,
        "shorten_outputs": shorten_outputs,
    }
    return Call("GET", f"{thread_path(thread_id)}/context", ContextRecord, query=query)


def _counter_name(counter: Callable[[str], int] | str) -> str:
    if isinstance(counter, str):
        return counter
    raise InvalidInput.at("counter", "must be the name of a counter, because a function cannot be sent")
