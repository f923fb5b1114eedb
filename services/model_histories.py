"""What of a thread is sent to a model: a window that fits into a budget, or the whole history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from ..errors import explains_arguments
from ..inputs import ContextQuery
from .validation import validate_input

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..records import ContextRecord
    from ..settings import Limits
    from .operations import MessageOperations


@explains_arguments
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

    async def context(
        self,
        thread_id: str,
        max_tokens: int,
        *,
        format: Literal["chat", "responses", "anthropic"] = "chat",  # noqa: A002 - the name of the parameter
        counter: Callable[[str], int] | str = "estimate",
        include_incomplete: bool = True,
        unanswered: Literal["mark", "leave_out"] = "mark",
        shorten_outputs: bool = False,
    ) -> ContextRecord:
        """Return what is sent to a model next: the newest turns of a thread that fit into `max_tokens`, valid for its API.

        `format` is "chat" (chat completions), "responses" or "anthropic". `counter` is a function that counts the tokens of
        a text, or the name of one: "estimate" or "bytes". Over HTTP it is a name. The instructions with which the thread
        begins are always there. `docs/context.md` has the rules.

        Raises `BudgetTooSmall` if the newest turn does not fit. `shorten_outputs` cuts its outputs of tools, with a mark.
        """
        values: dict[str, Any] = {
            "max_tokens": max_tokens,
            "format": format,
            "include_incomplete": include_incomplete,
            "unanswered": unanswered,
            "shorten_outputs": shorten_outputs,
        }
        if not callable(counter):
            values["counter"] = counter
        query = validate_input(ContextQuery, values, self._limits)
        return await self._operations.context(thread_id, query, counter if callable(counter) else None)
