"""The interface of a format. `docs/importing.md` shows how to add a format."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..conversations import Broken, Conversation, Note, derived_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..conversations import ReadingOptions
    from ..reading import Item, JsonFile, Sample

Found = Conversation | Broken | Note
_SMALL_BYTES = 16 * 1024
_LONGEST_NAME = 256
ODD_SHAPES = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
"""The errors that a value of another form than its format causes."""


@dataclass(frozen=True, slots=True)
class Format:
    """A format in which another program keeps conversations.

    `recognise` looks at the first part of a file and returns how surely it has this format, from 0 to 1. It never sees the
    name of the file. `conversations` reads the files of this format, in order.
    """

    name: str
    title: str
    obtain: str
    """How to obtain the file, in one sentence."""
    keys: frozenset[str]
    """Keys of its objects, by which the nearest format of an unknown file is found."""
    recognise: Callable[[Sample], float]
    conversations: Callable[[Iterable[JsonFile], ReadingOptions], Iterator[Found]]


def each_value(
    convert: Callable[[Any, str], Conversation | None], member: str = ""
) -> Callable[[Iterable[JsonFile], ReadingOptions], Iterator[Found]]:
    """A reader for formats in which each value of a file is one conversation, or each element of a `member` of the file.

    `convert` takes the value and its location. It returns None for a value that is no conversation. It may raise any error
    that a value of another form causes: then only this value is not imported.
    """

    def read(files: Iterable[JsonFile], _: ReadingOptions) -> Iterator[Found]:
        for file in files:
            for item in file.items(opened=bool(member)):
                if item.keys and (item.keys[0] != member or len(item.keys) == 1):
                    continue
                found = converted(item, convert)
                if found is not None:
                    yield found

    return read


def converted(item: Item, convert: Callable[[Any, str], Conversation | None]) -> Conversation | Broken | None:
    """The conversation of an item, or the reason why there is none."""
    if item.fault is not None:
        return Broken(item.location, item.fault)
    try:
        return convert(item.value, item.location)
    except ODD_SHAPES as error:
        return Broken(item.location, odd(error))


def odd(error: Exception) -> str:
    """One sentence about a value whose form a reader did not expect."""
    if isinstance(error, KeyError):
        return f"it has no field {error}"
    return str(error) if type(error) is ValueError else f"it has another form than its format: {error}"


def key_of_row(source: str, value: Any) -> str:
    """The key of a conversation without an id, derived from its content."""
    return derived_id("thread", source, _sorted_json(value))


def _sorted_json(value: Any, levels: int = 3) -> str:
    """The value as JSON with sorted keys. Members of the first levels are written one by one, so no step takes long."""
    if levels and isinstance(value, dict):
        members = (f"{_sorted_json(key, 0)}: {_sorted_json(value[key], levels - 1)}" for key in sorted(value))
        return f"{{{', '.join(members)}}}"
    if levels and isinstance(value, list):
        return f"[{', '.join(_sorted_json(one, levels - 1) for one in value)}]"
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def small(value: Any) -> bool:
    """Whether the value is small enough for metadata, beside other values."""
    return len(json.dumps(value, default=str)) <= _SMALL_BYTES


def name_of(value: Any) -> str | None:
    """The beginning of a text that each message repeats, such as the name of a model; None if there is no text."""
    return value[:_LONGEST_NAME] if isinstance(value, str) and value.strip() else None


def text_of(value: Any) -> str | None:
    """The value if it is a text that is not blank."""
    return value if isinstance(value, str) and value.strip() else None
