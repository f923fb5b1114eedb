"""Ids: a prefix that names the kind of object, `_`, and 22 characters of `[0-9A-Za-z]` that cannot be guessed."""

from __future__ import annotations

import hashlib
import os
import time
from functools import lru_cache

LENGTH = 22
_ALPHABET = (
    b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"  # in ASCII order: ids sort like their numbers
)
_CHARACTERS = _ALPHABET.decode()
_CLOCK_LENGTH = 8
# One random byte gives one character. Bytes above 247 are dropped: they would make the first characters likelier.
_USABLE = 256 - 256 % len(_ALPHABET)
_TABLE = bytes(_ALPHABET[byte % len(_ALPHABET)] for byte in range(256))
_DROPPED = bytes(range(_USABLE, 256))


def random_characters(count: int) -> str:
    """`count` characters from the random source of the operating system. Each of the 62 characters is equally likely."""
    characters = b""
    while len(characters) < count:
        missing = count - len(characters)
        characters += os.urandom(missing + missing // 16 + 8).translate(_TABLE, _DROPPED)
    return characters[:count].decode()


def characters_of(source: str, count: int) -> str:
    """`count` characters derived from `source` with SHA-256: the same for the same source, and they do not reveal it."""
    characters = b""
    block = 0
    while len(characters) < count:
        digest = hashlib.sha256(f"{block}/{source}".encode()).digest()
        characters += digest.translate(_TABLE, _DROPPED)
        block += 1
    return characters[:count].decode()


def new_id(prefix: str) -> str:
    """A random id, for threads and users. It has no order in time, because the `_id` of a thread may be a shard key."""
    return f"{prefix}_{random_characters(LENGTH)}"


def new_ordered_id(prefix: str) -> str:
    """An id that starts with the clock in milliseconds, for messages: new ids are inserted at the end of the index."""
    return f"{prefix}_{ordered_names(1)[0]}"


def ordered_names(count: int) -> list[str]:
    """The characters after the prefix, for `count` ordered ids of the same millisecond.

    One call for many ids is cheaper: asking for random bytes is half the cost of one id.
    """
    length = LENGTH - _CLOCK_LENGTH
    clock, characters = clock_characters(time.time_ns() // 1_000_000), random_characters(length * count)
    return [clock + characters[start : start + length] for start in range(0, length * count, length)]


def next_id(ordered_id: str) -> str:
    """The id for another try to write the row of `ordered_id`. It is derived from `ordered_id` and has the same millisecond."""
    kept = len(ordered_id) - (LENGTH - _CLOCK_LENGTH)
    return ordered_id[:kept] + characters_of(f"{ordered_id}/next", LENGTH - _CLOCK_LENGTH)


def clock_characters(milliseconds: int) -> str:
    """Milliseconds since 1970 as eight characters that sort in the order of time (until the year 8888)."""
    number, last = divmod(milliseconds, len(_CHARACTERS))
    number, last_but_one = divmod(number, len(_CHARACTERS))
    return f"{_digits(number, _CLOCK_LENGTH - 2)}{_CHARACTERS[last_but_one]}{_CHARACTERS[last]}"


@lru_cache(maxsize=1)
def _digits(number: int, count: int) -> str:
    """The last `count` digits of the number to the base 62. The clock gives the same number for four seconds."""
    digits = ""
    for _ in range(count):
        number, digit = divmod(number, len(_CHARACTERS))
        digits = _CHARACTERS[digit] + digits
    return digits
