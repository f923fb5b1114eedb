"""The ids of imported threads, messages and users: those of the file if they are ids here too, else derived from them."""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

from ....clock import EPOCH, naive_utc
from ....ids import LENGTH, characters_of, clock_characters

if TYPE_CHECKING:
    from datetime import datetime

LONGEST_ID = 128
LONGEST_CLIENT_ID = 256
LONGEST_KEY = 4096
"""The most characters of the id of a conversation, or of its user. Names of many messages are made of it."""
_ID = re.compile(r"[A-Za-z0-9_.:~-]+\Z")


def is_id(name: str) -> bool:
    """Whether the name can be an id: 1 to 128 letters of ASCII, digits and `_ . : ~ -`."""
    return len(name) <= LONGEST_ID and _ID.match(name) is not None


def thread_id_of(source: str, key: str) -> str:
    """The id of the thread for the conversation `key` of this source: the key itself if it can be an id."""
    return key if is_id(key) else derived_id("thread", source, key)


def user_id_of(source: str, key: str) -> str:
    """The id of the user whom the source calls `key`."""
    return key if key.startswith("user_") and is_id(key) else derived_id("user", source, key)


def client_id_of(source_id: str) -> str:
    """The `client_id` of the message with this id in its source."""
    return source_id if len(source_id) <= LONGEST_CLIENT_ID else characters_of(source_id, LENGTH * 2)


def bounded_key(key: str) -> str:
    """The id of a conversation in its source. Raises `ValueError` if it is too long."""
    if len(key) > LONGEST_KEY:
        raise ValueError(f"its id has more than {LONGEST_KEY:,} characters")
    return key


def message_id_of(prefix: str, thread_id: str, key: str | int, moment: datetime) -> str:
    """The id of a message without one, which begins with its time: the same for the same thread, key and time."""
    digest = blake2b(f"{thread_id}/{key}".encode(), digest_size=16).hexdigest()
    # Floats may lose a millisecond here. Earlier versions computed ids like this, so a second import must do so too.
    clock = clock_characters(max(0, int((naive_utc(moment) - EPOCH).total_seconds() * 1000)))
    return f"{prefix}_{clock}{digest[: LENGTH - len(clock)]}"


def derived_id(prefix: str, *parts: str) -> str:
    """An id that is always the same for these texts."""
    return f"{prefix}_{characters_of('/'.join(parts), LENGTH)}"
