"""Renders and counts the parts of a window: the instructions, summaries, pinned messages and turns of one history."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..history import Entry, turns_of
from .anthropic import Anthropic, system_blocks
from .chat import Chat
from .counters import TokenCount
from .images import with_fewer_images
from .recalled import words_of
from .responses import Responses
from .steps import Words, said_of
from .window import CountedTurn

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..history import Turn
    from .steps import Reason, Said
    from .window import Demand, History

    Row = Mapping[str, Any]
    LeftOut = list[tuple[int, Reason]]
    """The numbers of messages that are left out, with the reason."""

RENDERERS: dict[str, type[Chat | Responses | Anthropic]] = {
    "chat": Chat,
    "responses": Responses,
    "anthropic": Anthropic,
}


class Rendering:
    """Renders parts of one history for one demand. Each turn is rendered and counted once, and each text is counted once."""

    def __init__(self, history: History, demand: Demand) -> None:
        self._renderer = RENDERERS[demand.format]
        self._choices = demand.choices
        self._counted = TokenCount(demand.counter, history.counted)
        self._turns = history.turns
        head = self.said(history.head)[0]
        is_apart = demand.format == "anthropic"
        self.system = [block for step in head if isinstance(step, Words) for block in system_blocks(step)]
        """The instructions of the beginning, for the format that has them apart. Empty for the others."""
        self.system, self._first = (self.system, []) if is_apart else ([], head)

    def messages(self, summaries: Sequence[Row], pins: Sequence[Row], steps: Sequence[Said]) -> list[dict[str, Any]]:
        """The messages of a window: the instructions, these summaries and pinned messages, and these steps."""
        summed_up = [words_of(row) for row in summaries]
        return self._renderer().messages([self._first, summed_up, self.said_of_pins(pins)[0], steps])

    def messages_of_turns(
        self, summaries: Sequence[Row], pins: Sequence[Row], turns: Sequence[CountedTurn]
    ) -> tuple[list[dict[str, Any]], int]:
        """Like `messages` for turns that stand alone, and the tokens. Texts of earlier calls are not rendered and counted again."""
        if not self._renderer.is_additive:
            messages = self.messages(summaries, pins, [step for turn in turns for step in turn.steps])
            return messages, self.tokens(messages)
        before = self.messages(summaries, pins, [])
        together = [*before, *(message for turn in turns for message in turn.messages)]
        messages = with_fewer_images(together, self._renderer.images)
        if messages is together:
            return messages, self.tokens(before) + sum(turn.tokens for turn in turns)
        return messages, self.tokens(messages)

    def tokens(self, messages: list[dict[str, Any]]) -> int:
        """The tokens of these messages, with the instructions that stand apart."""
        return self._counted.of([*self.system, *messages])

    def counted_turn(self, rows: Sequence[Row]) -> CountedTurn:
        """These messages as a turn, rendered and counted alone."""
        first = rows[0]["seq"]
        if first not in self._turns:
            turns = turns_of(rows)
            steps, left_out = self._said_in(turns)
            messages = self._renderer().messages([steps]) if steps else []
            is_alone = not any(
                isinstance(step, Entry) and step.kind == "output" for turn in turns for step in turn.steps
            )
            self._turns[first] = CountedTurn(steps, left_out, messages, self._counted.of(messages), is_alone)
        return self._turns[first]

    def said(self, rows: Sequence[Row]) -> tuple[list[Said], LeftOut]:
        """The steps of these messages, and the messages that are left out."""
        return self._said_in(turns_of(rows))

    def said_of_pins(self, pins: Sequence[Row]) -> tuple[list[Said], LeftOut]:
        """The steps of pinned messages. A call whose output is not pinned is left out, because it has an output elsewhere."""
        return self._said_in(turns_of(pins), mark_unanswered=False) if pins else ([], [])

    def _said_in(self, turns: Sequence[Turn], *, mark_unanswered: bool = True) -> tuple[list[Said], LeftOut]:
        choices = self._choices
        if not mark_unanswered:
            choices = replace(choices, mark_unanswered=False)
        said = [said_of(turn, choices, self._renderer.can_express) for turn in turns]
        return [step for turn in said for step in turn.steps], [one for turn in said for one in turn.left_out]
