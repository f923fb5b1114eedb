"""Cursors of lists of messages: the id of a message and its number, so that the next page need not look it up.

A checksum ties them to their thread: a cursor of another thread, or one that was changed, is an unknown id.
"""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...documents import MessageRow

_CURSOR = re.compile(r"(?P<id>.+)@(?P<seq>\d{1,16})\.(?P<checksum>[0-9a-f]{8})", re.DOTALL | re.ASCII)
_LONGEST = 256


def message_cursor(row: MessageRow) -> str:
    """The cursor `id@number.checksum` of a message. If its id is too long for that, it is the id alone."""
    cursor = f"{row['_id']}@{row['seq']}.{_checksum(row['thread_id'], row['_id'], row['seq'])}"
    return cursor if len(cursor) <= _LONGEST else row["_id"]


def cursor_at(thread_id: str, seq: int) -> str:
    """The cursor of a number, whether or not a message has it: lists continue behind it or end before it."""
    return f"{thread_id}@{seq}.{_checksum(thread_id, thread_id, seq)}"


def number_of(cursor: str, thread_id: str) -> int | None:
    """The number in a cursor of this thread. None for the id of a message, which must be looked up."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        return None
    seq = int(found["seq"])
    return seq if found["checksum"] == _checksum(thread_id, found["id"], seq) else None


def _checksum(thread_id: str, message_id: str, seq: int) -> str:
    named = f"{thread_id}\n{message_id}\n{seq}"
    return f"{zlib.crc32(named.encode('utf-8', 'surrogatepass')):08x}"
