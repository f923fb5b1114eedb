"""Deletion: writes tombstones, purges the rows of deleted threads, and erases users."""

from .erasure import erase, mark_erased, pseudonym_of, removal_of
from .placeholders import IS_BATCH_ID, REAL_MESSAGE, VOID, is_placeholder, placeholder_update, remove_placeholders
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
    "IS_BATCH_ID",
    "PURGE_BATCH",
    "REAL_MESSAGE",
    "VOID",
    "claim_revision",
    "complete_deletion",
    "complete_purge",
    "delete_rows",
    "erase",
    "is_message_deleted",
    "is_placeholder",
    "is_thread_deleted",
    "mark_deleted",
    "mark_erased",
    "placeholder_update",
    "pseudonym_of",
    "purge",
    "removal_of",
    "remove_placeholders",
    "remove_remaining_rows",
    "unfinished_purges",
]
