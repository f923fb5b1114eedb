"""Writes the threads, messages and users of a file. Threads may be new, grown, or made by another import."""

from .assembly import PART_ROWS, Part, assemble
from .external_ids import name_users
from .long_threads import LongThreadWriter
from .lookup import may_own
from .models import UserLine
from .short_threads import import_group
from .target import Target
from .users import insert_users

__all__ = [
    "PART_ROWS",
    "LongThreadWriter",
    "Part",
    "Target",
    "UserLine",
    "assemble",
    "import_group",
    "insert_users",
    "may_own",
    "name_users",
]
