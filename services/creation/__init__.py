"""Creates users and threads: each once, also by an external id. Creates whole threads for imports."""

from .bulk import BulkThread, insert_new, insert_threads, take_over
from .ensured_threads import holder_of, take_external_id
from .ensured_users import NamedUsers
from .number_filling import insert_at_numbers, recount
from .renumbering import insert_before
from .threads import create_thread, create_thread_on_retry, thread_row
from .users import insert_user, key_taken

__all__ = [
    "BulkThread",
    "NamedUsers",
    "create_thread",
    "create_thread_on_retry",
    "holder_of",
    "insert_at_numbers",
    "insert_before",
    "insert_new",
    "insert_threads",
    "insert_user",
    "key_taken",
    "recount",
    "take_external_id",
    "take_over",
    "thread_row",
]
