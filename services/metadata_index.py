"""Makes any metadata findable: a fingerprint of each key with its value, kept in one indexed array.

An index on the metadata itself could not serve keys with dots or a leading `$`, and would take operators for operators.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import orjson

_DIGEST_BYTES = 16


def fingerprints(meta_data: dict[str, Any]) -> list[str]:
    """One string per top-level key; equal exactly where key and value are equal as JSON (1 and 1.0 are one number)."""
    return [fingerprint(key, value) for key, value in meta_data.items()]


def fingerprint(key: str, value: Any) -> str:
    """128 bits of the key and its value, in hexadecimal: two different pairs never meet."""
    canonical = orjson.dumps([key, _canonical(value)], option=orjson.OPT_SORT_KEYS)
    return blake2b(canonical, digest_size=_DIGEST_BYTES).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, dict):
        return {key: _canonical(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_canonical(member) for member in value]
    return value
