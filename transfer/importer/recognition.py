"""Recognises the format of a file by its structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .formats import FORMATS, ODD_SHAPES

if TYPE_CHECKING:
    from .formats import Format
    from .reading import Sample

_SURE_ENOUGH = 0.2
_SHOWN_KEYS = 12
_LONGEST_KEY = 40


def recognised(sample: Sample) -> Format | None:
    """The format of a file that begins like this; None if no format is likely. Of two equal ones, the earlier in the list."""
    best, confidence = None, _SURE_ENOUGH
    for one in FORMATS:
        found = _likeness(one, sample)
        if found > confidence:
            best, confidence = one, found
    return best


def _likeness(one: Format, sample: Sample) -> float:
    """How surely the file has this format. A test may fail in any way on a file of another one."""
    try:
        return one.recognise(sample)
    except ODD_SHAPES:
        return 0


def unknown(sample: Sample) -> str:
    """One sentence about a file of no known format: its content, the nearest format, and the next step."""
    keys = _keys(sample)
    if not keys:
        return f"its format is not known: it holds {_kind(sample)}. `threadkeep import formats` lists the formats"
    shown = ", ".join(keys[:_SHOWN_KEYS]) + (" …" if len(keys) > _SHOWN_KEYS else "")
    nearest = max(FORMATS, key=lambda one: len(one.keys & set(keys)) / (3 + len(one.keys)))
    shared = sorted(nearest.keys & set(keys))
    sentence = f"its format is not known: it holds objects with the keys {shown}."
    if shared:
        missing = sorted(nearest.keys - set(keys))[:4]
        sentence += (
            f" The nearest format is {nearest.name}, which has {', '.join(shared[:4])} and also {', '.join(missing)}."
        )
    return f"{sentence} `threadkeep import formats` lists the formats"


def _keys(sample: Sample) -> list[str]:
    keys: dict[str, None] = {}
    for item in sample.objects():
        keys.update(dict.fromkeys(str(key)[:_LONGEST_KEY] for key in item))
    return list(keys)


def _kind(sample: Sample) -> str:
    if sample.text:
        return "no JSON"
    return "no objects"
