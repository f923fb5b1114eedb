"""Parameters of the window that is sent to a model."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from .values import NOT_A_BOOL, Input


class ContextQuery(Input):
    """The format, the budget, and what happens to messages that model APIs refuse."""

    max_tokens: Annotated[int, Field(ge=1, le=100_000_000), NOT_A_BOOL]
    format: Literal["chat", "responses", "anthropic"] = "chat"
    counter: Literal["estimate", "bytes", "cl100k_base", "o200k_base"] = "estimate"
    """How tokens are counted. `bytes` counts the bytes of each text, which is never too low. The last two are encodings of OpenAI,
    for which the server needs the extra `encodings`."""
    include_incomplete: bool = True
    """Whether messages with the status `incomplete` are sent."""
    unanswered: Literal["mark", "leave_out"] = "mark"
    """Whether a call without an output gets an output that says so, or is left out."""
    use_summaries: bool = True
    """Whether summaries stand in place of the messages that they cover."""
    shorten_outputs: bool = False
    """Whether outputs of tools in the newest turn are shortened, with a mark, if the turn does not fit."""
