"""The steps of a heat map: ranges of amounts that have one colour each."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from .formatting import TO, number

if TYPE_CHECKING:
    from collections.abc import Mapping

Steps = dict[str, range]
"""The amounts of each step, by the text of the legend. The first step is 0."""

_MOST = 5


def steps_up_to(top: int) -> Steps:
    """Return up to six steps of about the same width from 0 to `top`."""
    parts = min(_MOST, top)
    bounds = [0, *(-(-top * index // parts) for index in range(1, parts + 1))]
    steps = {"0": range(1)}
    for before, last in itertools.pairwise(bounds):
        text = number(last) if last == before + 1 else f"{number(before + 1)}{TO}{number(last)}"
        steps[text] = range(before + 1, last + 1)
    return steps


SHARES: Steps = {
    "0 %": range(1),
    f"1{TO}20 %": range(1, 21),
    f"21{TO}40 %": range(21, 41),
    f"41{TO}60 %": range(41, 61),
    f"61{TO}80 %": range(61, 81),
    f"81{TO}100 %": range(81, 101),
}
"""The steps of shares, in whole percent."""


def step_of(steps: Mapping[str, range], amount: int) -> str:
    """Return the text of the step that contains `amount`."""
    return next(text for text, amounts in steps.items() if amount in amounts)
