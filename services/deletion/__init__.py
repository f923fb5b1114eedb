"""Deletion: writes tombstones, purges the rows of deleted threads, and erases users."""

from .cuts import (
    COMMIT,
    IS_COMMIT_ID,
    Cut,
    Ranges,
    is_commit,
    is_hidden,
    is_marked_cut,
    outside,
    ranges_of,
    uncovered,
)
from .erasure import erase, mark_erased, pseudonym_of, removal_of
from .placeholders import CUT, DELETED, IS_BATCH_ID, REAL_MESSAGE, VOID, is_placeholder, placeholder_update, remove_placeholders
from .purge import (
    PURGE_BATCH,
    complete_purge,
    is_thread_deleted,
    mark_deleted,
    purge,
    remove_remaining_rows,
    unfinished_purges,
)
from .tombstones import claim_revision, complete_deletion, delete_rows, is_message_deleted

__all__ = [
    "COMMIT",
    "CUT",
    "DELETED",
    "IS_BATCH_ID",
    "IS_COMMIT_ID",
    "PURGE_BATCH",
    "REAL_MESSAGE",
    "VOID",
    "Cut",
    "Ranges",
    "claim_revision",
    "complete_deletion",
    "complete_purge",
    "delete_rows",
    "erase",
    "is_commit",
    "is_hidden",
    "is_marked_cut",
    "is_message_deleted",
    "is_placeholder",
    "is_thread_deleted",
    "mark_deleted",
    "mark_erased",
    "outside",
    "placeholder_update",
    "pseudonym_of",
    "purge",
    "ranges_of",
    "removal_of",
    "remove_placeholders",
    "remove_remaining_rows",
    "uncovered",
    "unfinished_purges",
]
