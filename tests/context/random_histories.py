"""The histories of `histories.py` from a seed, without hypothesis: a thousand of them take a few seconds."""

from __future__ import annotations

from random import Random
from typing import Any, cast

from threadkeep.context import Choices, Demand, Format, utf8_bytes
from threadkeep.tests.context.histories import (
    FORMATS,
    HOSTED_CALLS,
    IDS_OF_CALLS,
    ITEMS_OF_REASONING,
    KINDS_OF_PARTS,
    NAMES_OF_TOOLS,
    TEXTS,
    TEXTS_OF_ARGUMENTS,
    Row,
    calls,
    item,
    message,
    summary,
    words,
)

IMAGE = KINDS_OF_PARTS[6]
ROLES = ("assistant", "assistant", "system", "developer", "platform", "critic", "unknown")
MOST_TOKENS = (-1, 0, 20, 60, 150, 400, 1_000, 5_000, 100_000, 10**12)


class RandomHistories:
    """Draws histories and demands. The same seed gives the same ones."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)  # noqa: S311 - test data

    def history(self, most: int) -> list[Row]:
        """Return the messages of a thread, with numbers that leave gaps where messages were deleted."""
        chance, seq = self._chance, 0
        head = [
            message(chance.choice(("system", "developer")), self._text()) for _ in range(chance.choice((0, 0, 1, 2)))
        ]
        found: list[Row] = []
        body = [row for _ in range(chance.randint(0, most)) for row in self._rows()]
        for row in [*head, *body]:
            seq += chance.choice((1, 1, 1, 1, 2, 7)) if chance.random() < 99 / 100 else 2**40
            status = chance.choice((None, None, None, None, "completed", "in_progress", "incomplete"))
            run_id = chance.choice((None, None, None, "run_1", "run_2"))
            sender_id = chance.choice(("user_1", "user_2"))
            found.append({**row, "seq": seq, "status": status, "run_id": run_id, "sender_id": sender_id})
            if row["type"] != "summary" and chance.random() < 1 / 8:
                found[-1]["pinned"] = True
        return found

    def demand(self) -> Demand:
        """Return a format, a budget, and choices."""
        chance = self._chance
        return Demand(
            format=cast("Format", chance.choice(FORMATS)),
            max_tokens=chance.choice((chance.randint(0, 400), chance.choice(MOST_TOKENS))),
            counter=chance.choice((utf8_bytes, words, len)),
            choices=Choices(include_incomplete=chance.random() < 1 / 2, mark_unanswered=chance.random() < 1 / 2),
            shorten_outputs=chance.random() < 1 / 2,
            use_summaries=chance.random() < 3 / 4,
        )

    def _rows(self) -> list[Row]:  # noqa: PLR0911 - one for each kind
        """Return one message, or sometimes several that belong together."""
        chance = self._chance
        match chance.randrange(40):
            case 0:
                return self._parallel_calls()
            case 1:
                return [message("user", [IMAGE] * chance.randint(1, 60))] * chance.randint(1, 4)
            case 2:
                return [message(chance.choice(("user", "assistant")), "long " * chance.randint(1_000, 5_000))]
            case 3:
                return [self._row()] * chance.randint(2, 5)
            case 4:
                return [message(role, self._text()) for role in ("system", "developer", "platform")]
            case 5:
                return [message("user", self._text(), tool_calls=[None, {}, {"id": "a", "function": {"name": "f"}}])]
            case _:
                return [self._row()]

    def _parallel_calls(self) -> list[Row]:
        """Return many calls in one message or as items, in any order with some of their outputs."""
        chance = self._chance
        ids = [chance.choice((f"call.{number}", f"call_{number}", "a")) for number in range(chance.randint(2, 40))]
        made = [item("function_call", {"call_id": one, "name": "f", "arguments": "{}"}) for one in ids]
        if chance.random() < 1 / 2:
            made = [calls([(one, "f", "{}") for one in ids], self._content(), custom=False)]
        outputs = [
            message("tool", chance.choice((self._text(), [IMAGE])), tool_call_id=one)
            for one in chance.sample(ids, chance.randint(0, len(ids)))
        ]
        rows = [*made, *outputs]
        if chance.random() < 1 / 4:
            chance.shuffle(rows)
        return rows

    def _row(self) -> Row:  # noqa: PLR0911 - one for each kind of message
        chance = self._chance
        match chance.randrange(12):
            case 0 | 1:
                return message("user", self._content())
            case 2 | 3:
                return message(chance.choice(ROLES), self._content())
            case 4 | 5:
                made = [self._call() for _ in range(chance.choice((1, 1, 2, 3)))]
                return calls(made, self._content(), custom=chance.random() < 1 / 4)
            case 6 | 7:
                return self._output()
            case 8:
                return self._item_that_is_a_call()
            case 9:
                return item("reasoning", chance.choice(ITEMS_OF_REASONING))
            case 10:
                return chance.choice(HOSTED_CALLS)
            case _:
                other: list[Row] = [
                    summary(chance.randint(1, 20), chance.randint(0, 20), self._content()),
                    item("my_framework.snapshot", {"step": 1}, "unknown"),
                    item("shell_call_output", {"call_id": "a", "output": []}, "tool"),
                    message("tool", "line " * chance.randint(0, 2_000), tool_call_id=chance.choice(IDS_OF_CALLS)),
                ]
                return chance.choice(other)

    def _call(self) -> tuple[str, str, str]:
        chance = self._chance
        return chance.choice(IDS_OF_CALLS), chance.choice(NAMES_OF_TOOLS), chance.choice(TEXTS_OF_ARGUMENTS)

    def _item_that_is_a_call(self) -> Row:
        call_id, name, text = self._call()
        if self._chance.random() < 1 / 4:
            return item("custom_tool_call", {"id": "ctc_1", "call_id": call_id, "name": name, "input": text})
        return item("function_call", {"id": "fc_1", "call_id": call_id, "name": name, "arguments": text})

    def _output(self) -> Row:
        chance = self._chance
        call_id = chance.choice((*IDS_OF_CALLS, None))
        if chance.random() < 1 / 2:
            return message("tool", self._content(), tool_call_id=call_id)
        kind = chance.choice(("function_call_output", "function_call_output", "custom_tool_call_output"))
        return item(kind, {"call_id": call_id, "output": self._content()}, "tool")

    def _content(self) -> Any:
        chance = self._chance
        if chance.random() < 2 / 3:
            return self._text()
        return [chance.choice(KINDS_OF_PARTS) for _ in range(chance.randint(0, 3))]

    def _text(self) -> str:
        chance = self._chance
        return chance.choice((*TEXTS, "word " * chance.randint(1, 30)))
