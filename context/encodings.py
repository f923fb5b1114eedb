"""Real encodings of OpenAI, from a package that carries their vocabularies: nothing is downloaded (decision 84)."""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING

from ..errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = ("cl100k_base", "o200k_base")
"""The encodings that have a name: of GPT-4, and of GPT-4o and later models."""

_LONGEST = 100_000
"""The package refuses long texts, so they are counted in parts of so many characters. Each seam adds at most a few tokens."""


@cache
def encoding_counter(name: str) -> Callable[[str], int]:
    """The counter of an encoding. The first one loads 135 MB, which takes a second. Raises `InvalidInput` without the extra."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # how version 0.1.4 reads its own files
        try:
            from bpe_openai import get_encoding  # noqa: PLC0415 - an extra
        except ImportError:
            rule = f"{name} needs another package: pip install 'threadkeep[encodings]'"
            raise InvalidInput.at("counter", rule, "missing_package") from None
        encode = get_encoding(name).encode_ordinary  # texts such as <|endoftext|> are ordinary here

    def count(text: str) -> int:
        whole = text.encode(errors="replace").decode()
        return sum(len(encode(whole[at : at + _LONGEST])) for at in range(0, len(whole), _LONGEST))

    return count
