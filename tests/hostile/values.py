"""Strategies of JSON values, also of values that cannot be stored, and the rule which values can be stored."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import strategies as st

DEEPEST = 64

_ODD_TEXTS = (
    "",
    "\0",
    "\ufeff",
    "\ud800",
    "x\udfffy",
    "$gt",
    "$where",
    "a.b",
    ".",
    "$",
    "__proto__",
    "\u2028",
    "\U0001f9f5",
)
_ODD_NUMBERS: tuple[int | float, ...] = (
    *(0, -1, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, -(2**63) - 1, 2**64, 10**400),
    *(0.0, -0.0, 1.0, 5e-324, 1e308, math.nan, math.inf, -math.inf),
)

texts = st.sampled_from(_ODD_TEXTS) | st.text(st.characters(), max_size=20)
"""Any text of Python, also with lone surrogates."""
keys = st.sampled_from(("_id", "id", "$set", "$ref", "$oid", "constructor", *_ODD_TEXTS)) | texts
leaves = st.none() | st.booleans() | st.sampled_from(_ODD_NUMBERS) | st.integers() | st.floats() | texts


@st.composite
def nested(draw: st.DrawFn) -> Any:
    """Nested objects and arrays, up to 200 levels."""
    value: Any = draw(leaves)
    for level in range(draw(st.sampled_from((1, 62, 63, 64, 65, 100, 200)))):
        value = [value] if level % 2 else {"a": value}
    return value


values = st.recursive(
    leaves, lambda some: st.lists(some, max_size=3) | st.dictionaries(keys, some, max_size=3), max_leaves=8
)
objects = st.dictionaries(keys, values | nested(), max_size=4)


def storable(value: Any, levels: int = DEEPEST) -> bool:
    """Return whether a value can be stored and must be returned exactly. Other values must be refused."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, bool) or value is None:
        return True
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    if isinstance(value, float):
        return math.isfinite(value)
    members = value if isinstance(value, list) else [*value, *value.values()]
    named = isinstance(value, list) or not any("\0" in key for key in value)
    return levels > 0 and named and all(storable(member, levels - 1) for member in members)
