"""Finds out whether an API key works now. Nothing here is cached."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ..clock import now
from ..errors import Unauthorized

if TYPE_CHECKING:
    from ..documents import ApiKey, Documents
    from .caller import Caller


def hash_of(plain: str) -> str:
    """The stored form of a key: the SHA-256 of all its characters, in hexadecimal."""
    return hashlib.sha256(plain.encode()).hexdigest()


def is_active(key: ApiKey) -> bool:
    """Whether the key is neither revoked nor expired."""
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now())


async def is_user_alive(documents: Documents, user_id: str) -> bool:
    """Whether the user exists and is not being erased."""
    return (
        await documents.users.get_pymongo_collection().find_one({"_id": user_id, "deleted_at": None}, {"_id": 1})
        is not None
    )


async def works(documents: Documents, key: ApiKey) -> bool:
    """Whether the key is active and its user, if it has one, exists."""
    return is_active(key) and (key.user_id is None or await is_user_alive(documents, key.user_id))


async def require_working_key(documents: Documents, caller: Caller) -> ApiKey | None:
    """The caller's key as it is stored now. None for a caller in process, who has no key.

    A server accepts a verified key for some seconds without asking the database. Dangerous operations ask. Raises
    `Unauthorized` if the key was revoked or has expired, or if its user is gone.
    """
    if caller.key_id is None:
        return None
    key = await documents.api_keys.get(caller.key_id)
    if key is None or not await works(documents, key):
        raise Unauthorized("This API key is unknown, expired or revoked.")
    return key
