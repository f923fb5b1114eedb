"""Keyset pages: each page is a range of an index, so that it costs the same at every position of a list."""

from .audit import audit_page
from .keys import key_page
from .message_cursors import cursor_at, message_cursor
from .message_pages import read_page
from .newest_messages import newest_messages
from .page_size import PageSize, row_size
from .threads import thread_ids, thread_page, threads_of
from .time_windows import TimeWindows
from .users import user_page

__all__ = [
    "PageSize",
    "TimeWindows",
    "audit_page",
    "cursor_at",
    "key_page",
    "message_cursor",
    "newest_messages",
    "read_page",
    "row_size",
    "thread_ids",
    "thread_page",
    "threads_of",
    "user_page",
]
