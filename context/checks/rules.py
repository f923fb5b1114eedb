"""Checks that the rules of all APIs share."""

from __future__ import annotations

import re
from typing import Any

_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def is_name(value: Any) -> bool:
    """Whether a value is a name of a tool: 1 to 64 letters, digits, `_` and `-`."""
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def is_id(value: Any, longest: int) -> bool:
    """Whether a value is an id of a call: a text of 1 to `longest` characters."""
    return isinstance(value, str) and 0 < len(value) <= longest


def texts(value: Any, *names: str) -> bool:
    """Whether a value is an object whose fields with these names are texts."""
    return isinstance(value, dict) and all(isinstance(value.get(name), str) for name in names)


def kind_of(part: Any) -> Any:
    """The `type` of a part, or None."""
    kind = part.get("type") if isinstance(part, dict) else None
    return kind if isinstance(kind, str) else None
