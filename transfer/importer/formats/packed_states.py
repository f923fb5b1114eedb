"""Reads the checkpoints of LangGraph's savers: MessagePack, whose extensions name the Python class of a value.

Nothing is made of these classes. A value of a class becomes its fields.
"""

from __future__ import annotations

import base64
from typing import Any

_CLASSES = range(6)
"""The extensions that name a class. Others hold a bare value."""
_FIELDS = 2
"""The place of the fields in the extension of a class: its module, its name, its fields, and the method that reads them."""
_NEEDED = (
    "its state is in MessagePack: install threadkeep[langgraph] to read it, or write `graph.get_state(config)` as JSON"
)


def unpacked_state(document: dict[str, Any]) -> dict[str, Any]:
    """The document of a saver with its `checkpoint` as an object. Raises `ValueError` if it cannot be read."""
    data = _binary(document["checkpoint"])
    if document.get("type") == "json":
        import orjson  # noqa: PLC0415 - beside the other decoder

        return {**document, "checkpoint": orjson.loads(data)}
    try:
        import ormsgpack  # noqa: PLC0415 - an extra
    except ImportError:
        raise ValueError(_NEEDED) from None
    try:
        return {**document, "checkpoint": _unpacked(ormsgpack, data)}
    except ValueError as error:
        raise ValueError(f"its binary `checkpoint` is damaged: {error}") from None


def _binary(value: Any) -> bytes:
    """The bytes in MongoDB's Extended JSON, of any version."""
    found = value.get("$binary") if isinstance(value, dict) else None
    encoded = found.get("base64") if isinstance(found, dict) else found
    if not isinstance(encoded, str):
        raise ValueError("its `checkpoint` is neither an object nor binary")  # noqa: TRY004 - the value is wrong, not its type
    try:
        return base64.b64decode(encoded)
    except ValueError as error:
        raise ValueError(f"its binary `checkpoint` is damaged: {error}") from None


def _unpacked(ormsgpack: Any, data: bytes) -> Any:
    def fields(code: int, inner: bytes) -> Any:
        value = _unpacked(ormsgpack, inner)
        is_class = code in _CLASSES and isinstance(value, list) and len(value) > _FIELDS
        return value[_FIELDS] if is_class else value

    return ormsgpack.unpackb(data, ext_hook=fields, option=ormsgpack.OPT_NON_STR_KEYS)
