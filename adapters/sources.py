"""The messages of a framework, kept exactly beside their neutral form.

A source is the JSON of one message of a framework. It becomes one or several stored messages in the neutral form
(`docs/history.md`). The first of them keeps the source in `item.framework`. Texts of the neutral form are not stored twice:
the source refers to them. So a framework reads back values that are equal to those that it wrote.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Json = Any
_TEXT, _OBJECT = "~text", "~json"
"""The keys of references to a text of the neutral form, and to a text that is the JSON of an object."""
_WORDS_OF_FORMATS = frozenset(
    {"user", "assistant", "system", "developer", "tool", "model", "human", "ai", "message", "function", "text", "image"}
    | {"input_text", "output_text", "reasoning", "thinking", "function_call", "function_call_output", "tool_call"}
    | {"tool_use", "tool_result", "completed", "incomplete", "in_progress", "data", "uri", ""}
)
"""Roles and types, which a source keeps as they are: a message may have the same text, and its text may be changed."""
_MOST_ELEMENTS = 5_000


class Unresolved(Exception):
    """A source refers to a message that was deleted, or whose text was changed."""


def json_text(value: Json) -> str:
    """A value as JSON, without spaces. Half characters and numbers that JSON lacks are possible."""
    return json.dumps(value, separators=(",", ":"))


def arguments_text(value: Json) -> str:
    """The arguments of a call as a text, as readers of histories expect them."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def packed(source: Json, rows: Sequence[Mapping[str, Any]]) -> dict[str, Json]:
    """The source for `item.framework`, with references to the texts of these rows.

    A source with very many keys and values is kept as one JSON text.
    """
    texts = {text: path for path, text in _texts_of(rows) if text not in _WORDS_OF_FORMATS}
    packer = _Packer(texts)
    value = packer.pack(source)
    if packer.elements > _MOST_ELEMENTS or packer.is_ambiguous:
        return packed_as_text(source)
    return {"value": value}


def packed_as_text(source: Json) -> dict[str, Json]:
    """The source as one JSON text, which keeps values that a database cannot keep: half characters, very large numbers."""
    return {"json": json_text(source)}


def unpacked(kept: Mapping[str, Json], rows: Sequence[Mapping[str, Any]]) -> Json:
    """The source. Raises `Unresolved` if a text to which it refers is gone."""
    if "json" in kept:
        return json.loads(kept["json"])
    if "value" not in kept:
        raise Unresolved
    return _unpacked(kept["value"], dict(_texts_of(rows)))


class _Packer:
    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts
        self._has_objects = any(text.startswith("{") for text in texts)
        self.elements = 0
        self.is_ambiguous = False
        """Whether the source has an object that looks like a reference."""

    def pack(self, value: Json) -> Json:
        self.elements += 1
        if isinstance(value, str):
            path = self._texts.get(value)
            return value if path is None else {_TEXT: path}
        if isinstance(value, dict):
            return self._pack_object(value)
        if isinstance(value, list):
            return [self.pack(member) for member in value]
        return value

    def _pack_object(self, value: dict[str, Json]) -> Json:
        if _TEXT in value or _OBJECT in value:
            self.is_ambiguous = True
        if self._has_objects and value:
            path = self._texts.get(arguments_text(value))
            if path is not None:
                return {_OBJECT: path}
        return {name: self.pack(member) for name, member in value.items()}


def _unpacked(value: Json, texts: Mapping[str, str]) -> Json:
    if isinstance(value, list):
        return [_unpacked(member, texts) for member in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(name, path)] = value.items()
        if name in (_TEXT, _OBJECT):
            if path not in texts:
                raise Unresolved
            return texts[path] if name == _TEXT else _parsed(texts[path])
    return {name: _unpacked(member, texts) for name, member in value.items()}


def _parsed(text: str) -> Json:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise Unresolved from None


def _texts_of(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The texts of these rows, each with its path: the number of the row, the field, and the steps in it."""
    for number, row in enumerate(rows):
        yield from _texts_in(row.get("content"), f"{number}.content")
        item = row.get("item")
        if isinstance(item, dict):
            for name, member in item.items():
                if name != "framework":
                    yield from _texts_in(member, f"{number}.item.{name}")


def _texts_in(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _texts_in(member, f"{path}.{index}")
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _texts_in(member, f"{path}.{name}")
