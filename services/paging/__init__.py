"""Pages: ranges of an index, so that a page costs the same at every position."""

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
