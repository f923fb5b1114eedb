"""The history of a thread for a model: a window that fits into a budget, or the whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..errors import explains_arguments
from ..inputs import ContextQuery, NewSummary
from .requested_ids import checks_ids
from .validation import expected_counter, validate_input, without_none

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..records import ContextRecord, MessageRecord
    from ..settings import Limits
    from .operations import MessageOperations


@explains_arguments
@checks_ids
class ModelHistories:
    """The methods of messages that read a history for a model."""

    def __init__(self, operations: MessageOperations, limits: Limits) -> None:
        self._operations = operations
        self._limits = limits

    async def get_formatted_messages(self, thread_id: str) -> list[dict[str, Any]]:
        """Return the whole history in the format of chat completions: `role`, `content`, and the fields of tools.

        Raises `TooLarge` if the history is larger than 64 MiB as JSON.
        """
        return await self._operations.formatted(thread_id)

    async def add_summary(
        self,
        thread_id: str,
        text: str,
        *,
        upto_seq: int,
        from_seq: int = 1,
        assistant_id: str | None = None,
        meta_data: dict[str, Any] | None = None,
        client_id: str | None = None,
        expected_seq: int | None = None,
    ) -> MessageRecord:
        """Append a summary of the messages from `from_seq` up to `upto_seq`, and return it: a message of type "summary".

        `context` shows it in place of these messages, which stay as they are. To revoke a summary, delete it. Needs the right
        to change the thread. Raises `InvalidInput` if `upto_seq` is above the newest number. `client_id` and `expected_seq`
        are those of `create_message`.
        """
        values = without_none(assistant_id=assistant_id, meta_data=meta_data, client_id=client_id)
        values |= {"text": text, "from_seq": from_seq, "upto_seq": upto_seq}
        expected_seq = expected_counter("expected_seq", expected_seq)
        summary = validate_input(NewSummary, values, self._limits)
        return await self._operations.add_summary(thread_id, summary, expected_seq=expected_seq)

    async def context(
        self,
        thread_id: str,
        max_tokens: int,
        *,
        format: Literal["chat", "responses", "anthropic"] = "chat",  # noqa: A002 - the name of the parameter
        counter: Callable[[str], int] | str = "estimate",
        include_incomplete: bool = True,
        unanswered: Literal["mark", "leave_out"] = "mark",
        use_summaries: bool = True,
        shorten_outputs: bool = False,
    ) -> ContextRecord:
        """Return the window of a thread for a model: its newest turns that fit into `max_tokens`, valid for the model API.

        `format` is "chat" (chat completions), "responses" or "anthropic". `counter` is a function that counts the tokens of
        a text, or the name of one: "estimate", "bytes", "cl100k_base" or "o200k_base". Over HTTP it is a name.

        The window always has the pinned messages and the instructions with which the thread begins. Summaries stand in place of
        older messages. `docs/context.md` has the rules.

        Raises `BudgetTooSmall` if the newest turn does not fit. `shorten_outputs` cuts its outputs of tools, with a mark.
        """
        values: dict[str, Any] = {
            "max_tokens": max_tokens,
            "format": format,
            "include_incomplete": include_incomplete,
            "unanswered": unanswered,
            "use_summaries": use_summaries,
            "shorten_outputs": shorten_outputs,
        }
        if not callable(counter):
            values["counter"] = counter
        query = validate_input(ContextQuery, values, self._limits)
        return await self._operations.context(thread_id, query, counter if callable(counter) else None)
