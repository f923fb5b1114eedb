"""Ids: a prefix that names the noun, and 22 characters of `[0-9A-Za-z]` that cannot be guessed."""

from __future__ import annotations

import hashlib
import os
import time
from functools import lru_cache

LENGTH = 22
_ALPHABET = (
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in ASCII order: ids sort as their numbers
)
_CLOCK_LENGTH = 8
# One random byte gives one character; values past the last multiple of 62 are dropped, or the first letters were likelier.
_USABLE = 256 - 256 % len(_ALPHABET)
_TABLE = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
_DROPPED = bytes(range(_USABLE, 256))


def random_characters(count: int) -> str:
    """`count` characters from the system's random source, each of the 62 equally likely."""
    characters = b""
    while len(characters) < count:
        missing = count - len(characters)
        characters += os.urandom(missing + missing // 16 + 8).translate(_TABLE, _DROPPED)
    return characters[:count].decode()


def characters_of(source: str, count: int) -> str:
    """`count` characters that are always the same for the same source, and tell nothing of it."""
    characters = b""
    block = 0
    while len(characters) < count:
        digest = hashlib.sha256(f"{block}/{source}".encode()).digest()
        characters += digest.translate(_TABLE, _DROPPED)
        block += 1
    return characters[:count].decode()


def new_id(prefix: str) -> str:
    """A random id: what names threads (whose `_id` may be a shard key) and users."""
    return f"{prefix}_{random_characters(LENGTH)}"


def new_ordered_id(prefix: str) -> str:
    """An id that starts with the millisecond clock: what names messages, so that inserts stay at the right edge of the index."""
    return f"{prefix}_{ordered_names(1)[0]}"


def ordered_names(count: int) -> list[str]:
    """What follows the prefix in so many ordered ids of one moment; asking for random bytes once is half of what they cost."""
    length = LENGTH - _CLOCK_LENGTH
    clock, characters = clock_characters(time.time_ns() // 1_000_000), random_characters(length * count)
    return [clock + characters[place : place + length] for place in range(0, length * count, length)]


def next_id(ordered_id: str) -> str:
    """The id that takes the place of one which came to nothing: always the same, and of the same millisecond."""
    kept = len(ordered_id) - (LENGTH - _CLOCK_LENGTH)
    return ordered_id[:kept] + characters_of(f"{ordered_id}/next", LENGTH - _CLOCK_LENGTH)


@lru_cache(maxsize=1)
def clock_characters(milliseconds: int) -> str:
    """The millisecond clock as eight characters that sort as it does (enough until the year 8888)."""
    characters = bytearray(_CLOCK_LENGTH)
    for place in range(_CLOCK_LENGTH - 1, -1, -1):
        milliseconds, digit = divmod(milliseconds, len(_ALPHABET))
        characters[place] = _ALPHABET[digit]
    return characters.decode()
