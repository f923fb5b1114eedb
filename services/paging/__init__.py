"""Keyset pages: each page is a range of an index, so that it costs the same at every position of a list."""

from .message_pages import read_page
from .threads import newest_thread_ids, thread_ids, thread_page, threads_of
from .time_windows import TimeWindows
from .users import user_page

__all__ = [
    "TimeWindows",
    "newest_thread_ids",
    "read_page",
    "thread_ids",
    "thread_page",
    "threads_of",
    "user_page",
]
