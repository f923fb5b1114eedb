"""Shorter outputs of tools, with a mark where they were cut."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .parts import pieces_of, text_of_pieces
from .steps import Calls

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..history import Content
    from .steps import Answered, Said

_SIZES = (*(1 << power for power in range(20, -1, -1)), 0)


def shortened(steps: Sequence[Said]) -> Iterator[list[Said]]:
    """The same steps with shorter and shorter outputs: without their images, then of at most 2^20 characters, 2^19 … 1, 0.

    A size that changes nothing is left out. Nothing is yielded if no output can be shorter.
    """
    outputs = [call.output for step in steps if isinstance(step, Calls) for call in step.calls]
    longest = max((len(_text(output)) for output in outputs), default=0)
    if not all(isinstance(output, str) for output in outputs):
        yield [_step(step, longest) for step in steps]
    for most in _SIZES:
        if most < longest:
            yield [_step(step, most) for step in steps]


def _step(step: Said, most: int) -> Said:
    if not isinstance(step, Calls):
        return step
    return replace(step, calls=[_call(call, most) for call in step.calls])


def _call(call: Answered, most: int) -> Answered:
    return replace(call, output=_cut(call.output, most))


def _cut(output: Content, most: int) -> Content:
    """The beginning and the end of an output. Images and files go with the first cut."""
    text = _text(output)
    if len(text) <= most:
        return text
    begin = (most + 1) // 2
    end = len(text) - (most - begin)
    return f"{text[:begin]}[… {end - begin:,} characters left out …]{text[end:]}"


def _text(output: Content) -> str:
    return output if isinstance(output, str) else text_of_pieces(pieces_of(output))
