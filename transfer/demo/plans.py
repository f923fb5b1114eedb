"""Plans conversations: the assistant, and the kind of each message, before any text is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .profiles import ASSISTANTS, Assistant

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

SYSTEM, USER, SECOND_USER, CALL, RESULT, ANSWER, CUT_OFF, HAND_OVER = "SUVCRAIH"
"""The kinds of messages. The `kinds` of a plan is a string of these letters."""

_SYSTEM_RATE = 0.12
_SHARED_RATE = 0.06
_UNANSWERED_RATE = 0.09
_HAND_OVER_RATE = 0.04
_CUT_OFF_RATE = 0.015
_LONG_RATE = 0.012
_MOST_TURNS = 1500


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one conversation; `shared` ones have two users."""

    assistant: Assistant
    kinds: str
    shared: bool


def plans(random: Random, messages: int) -> Iterator[Plan]:
    """Yield plans with exactly this many messages together. Their lengths are heavy-tailed."""
    longest = max(12, messages // 8)
    weights = [assistant.weight for assistant in ASSISTANTS]
    left = messages
    while left:
        assistant = random.choices(ASSISTANTS, weights)[0]
        shared = random.random() < _SHARED_RATE
        kinds = _kinds(random, assistant, shared=shared)[: min(left, longest)]
        left -= len(kinds)
        yield Plan(assistant, kinds, shared)


def _kinds(random: Random, assistant: Assistant, *, shared: bool) -> str:
    kinds = [SYSTEM] if random.random() < _SYSTEM_RATE else []
    for _ in range(_turns(random)):
        kinds.append(SECOND_USER if shared and random.random() < 0.4 else USER)  # noqa: PLR2004
        kinds += _answer(random, assistant)
    if random.random() < _UNANSWERED_RATE:
        kinds.append(USER)
    return "".join(kinds)


def _turns(random: Random) -> int:
    if random.random() < _LONG_RATE:
        return min(_MOST_TURNS, int(15 * random.paretovariate(1.05)))
    return 1 + int(random.lognormvariate(0.75, 0.95))


def _answer(random: Random, assistant: Assistant) -> Iterator[str]:
    while random.random() < assistant.tool_rate * 0.7:
        yield CALL
        yield RESULT
    chance = random.random()
    if chance < _CUT_OFF_RATE:
        yield CUT_OFF
    elif chance < _CUT_OFF_RATE + _HAND_OVER_RATE:
        yield HAND_OVER
    else:
        yield ANSWER
