"""JSON as RFC 8259 has it, refused where different readers understand it differently."""

from __future__ import annotations

import json
from typing import Any, NoReturn


class JsonRefused(ValueError):
    """The text is not JSON, or not JSON that everybody reads the same way."""

    def __init__(self, rule: str, kind: str = "json_invalid") -> None:
        super().__init__(rule)
        self.rule = rule
        self.kind = kind


def decode(text: str) -> Any:
    """Read JSON; keys that occur twice, NaN, the infinities and a byte order mark raise `JsonRefused`."""
    try:
        return _decoder.decode(text)
    except RecursionError as error:
        raise JsonRefused("is nested too deeply", "too_deep") from error
    except json.JSONDecodeError as error:
        raise JsonRefused(f"is not JSON: {error.msg} at character {error.pos}") from error
    except JsonRefused:
        raise
    except ValueError as error:
        raise JsonRefused("holds a number with too many digits") from error


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise JsonRefused(f"the key {twice!r} occurs twice in one object", "json_duplicate_key")
    return found


def _no_constants(name: str) -> NoReturn:
    raise JsonRefused(f"{name} is not JSON")


_decoder = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_constants)
