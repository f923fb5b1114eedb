"""Deletion: a tombstone first, then the purge; the erasure of a user."""

from .erasure import erase, mark_erased
from .placeholders import OF_A_BATCH, REAL_MESSAGE, VOID, is_placeholder, placeholder_update, remove_placeholders
from .purge import PURGE_BATCH, forget_deleted, is_thread_deleted, mark_deleted, purge, remove_stragglers
from .tombstones import claim_revision, delete_rows, finish, is_message_deleted

__all__ = [
    "OF_A_BATCH",
    "PURGE_BATCH",
    "REAL_MESSAGE",
    "VOID",
    "claim_revision",
    "delete_rows",
    "erase",
    "finish",
    "forget_deleted",
    "is_message_deleted",
    "is_placeholder",
    "is_thread_deleted",
    "mark_deleted",
    "mark_erased",
    "placeholder_update",
    "purge",
    "remove_placeholders",
    "remove_stragglers",
]
