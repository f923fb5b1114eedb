"""The index of metadata: one indexed array holds a fingerprint of each key with its value.

An index on `meta_data` itself could not serve keys with dots or a leading `$`. A filter on it would read values that look
like query operators as operators.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

from ..stored_json import as_json

_DIGEST_BYTES = 16
_INT64 = 2**63
"""Whole numbers below it are stored exactly, as integers or as doubles. Beyond it, there are only doubles."""


def fingerprints(meta_data: dict[str, Any]) -> list[str]:
    """One fingerprint for each top-level key."""
    return [fingerprint(key, value) for key, value in meta_data.items()]


def fingerprint(key: str, value: Any) -> str:
    """A hash of the key and its value: 128 bits in hexadecimal.

    Two fingerprints are equal if and only if key and value are equal as JSON. The numbers 1 and 1.0 are equal, and so
    are 1e16 and 10000000000000000.
    """
    canonical = as_json([key, _canonical(value)], orjson.OPT_SORT_KEYS)
    return blake2b(canonical, digest_size=_DIGEST_BYTES).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and -_INT64 <= value < _INT64:
        return int(value)
    if isinstance(value, dict):
        return {key: _canonical(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_canonical(member) for member in value]
    return value
