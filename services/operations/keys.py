"""Operations on API keys, for input that is validated already."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from ...clock import now
from ...errors import AnsweredOnce, Forbidden, InvalidInput, KeyNotFound, UserNotFound
from ...ids import random_characters
from ...inputs import NewKey
from ...records import KeyRecord, NewKeyRecord
from ..caller import Caller
from ..caller_operations import CallerOperations
from ..driver_errors import translates_driver_errors
from ..rights import require

if TYPE_CHECKING:
    from ...documents import ApiKey, Scope
    from ...inputs import NewUserKey

PREFIX_LENGTH = 11
"""Length of the public part of a key, which identifies it: `tk_` and eight characters. The secret part follows."""
_SECRET_BYTES = 32
_USE_NOTED_SECONDS = 60
_LONGEST_KEY = 256


class KeyOperations(CallerOperations):
    """Create, verify, list and revoke API keys, with the rights of one caller. The secret of a key is never stored."""

    @translates_driver_errors
    async def create(self, new: NewKey) -> NewKeyRecord:
        """Create a key. The result is the only place where its secret is shown."""
        if (new.scope == "user") != (new.user_id is not None):
            raise InvalidInput.at("user_id", "a key of scope user needs one, any other must not have one", "scope")
        if new.user_id is None:
            require(self._caller, "manage keys of any scope")
        else:
            require(self._caller, "manage the keys of this user", user_id=new.user_id)
            if await self._documents.users.find_one({"_id": new.user_id, "deleted_at": None}) is None:
                raise UserNotFound(new.user_id)
        request_ids = self._caller.request_ids
        while True:
            random_prefix = f"tk_{random_characters(PREFIX_LENGTH - 3)}"
            prefix = request_ids.id_of("tk")[:PREFIX_LENGTH] if request_ids else random_prefix
            try:
                return await self._insert(f"{prefix}{secrets.token_urlsafe(_SECRET_BYTES)}", new)
            except DuplicateKeyError as error:  # two random prefixes may be equal
                if request_ids and not await self._remove_unused(prefix, new):
                    raise AnsweredOnce from error

    async def create_for_user(self, user_id: str, new: NewUserKey) -> NewKeyRecord:
        """Create a key that acts for one user."""
        return await self.create(NewKey(scope="user", user_id=user_id, **new.model_dump()))

    @translates_driver_errors
    async def adopt(self, plain: str, scope: Scope = "admin", *, key_name: str | None = None) -> bool:
        """Accept a key that was created elsewhere. Returns False if the key is known already."""
        require(self._caller, "manage keys of any scope")
        try:
            await self._insert(plain, NewKey(scope=scope, key_name=key_name))
        except DuplicateKeyError as error:
            known = await self._documents.api_keys.get(plain[:PREFIX_LENGTH])
            if known is None or not hmac.compare_digest(known.hash, hash_of(plain)) or known.revoked_at is not None:
                raise InvalidInput.at(
                    "admin_key", "another or a revoked key begins with the same characters"
                ) from error
            return False
        return True

    @translates_driver_errors
    async def list_keys(self, user_id: str | None = None, *, include_inactive: bool = True) -> list[KeyRecord]:
        """Return all keys, or the keys of one user, oldest first."""
        if user_id is None:
            require(self._caller, "manage keys of any scope")
            found = self._documents.api_keys.find_all()
        else:
            require(self._caller, "manage the keys of this user", user_id=user_id)
            found = self._documents.api_keys.find({"user_id": user_id})
        keys = await found.sort("created_at").to_list()
        return [KeyRecord.of(key, is_active=_is_active(key)) for key in keys if include_inactive or _is_active(key)]

    @translates_driver_errors
    async def get(self, prefix: str, *, user_id: str | None = None) -> KeyRecord:
        """Return one key without its secret; with `user_id`, only if it belongs to that user."""
        key = await self._manageable(prefix, user_id)
        return KeyRecord.of(key, is_active=_is_active(key))

    @translates_driver_errors
    async def revoke(self, prefix: str, *, user_id: str | None = None) -> None:
        """Stop a key from working. Processes that verified it a moment ago accept it for up to `key_cache_seconds`."""
        key = await self._manageable(prefix, user_id)
        await self._documents.api_keys.find_one({"_id": key.id, "revoked_at": None}).update(
            {"$set": {"revoked_at": now()}}
        )

    @translates_driver_errors
    async def has_admin_key(self) -> bool:
        """Whether an admin key exists that works."""
        not_expired = [{"expires_at": None}, {"expires_at": {"$gt": now()}}]
        found = await self._documents.api_keys.find_one({"scope": "admin", "revoked_at": None, "$or": not_expired})
        return found is not None

    @translates_driver_errors
    async def verify(self, plain: str) -> Caller | None:
        """Return the caller that a key stands for, or None if the key does not work. Always asks the database."""
        if len(plain) > _LONGEST_KEY or not plain.isascii():
            return None
        key = await self._documents.api_keys.get(plain[:PREFIX_LENGTH])
        # The hashes are compared even if no key was found, so that the time of the answer tells nothing.
        matches = hmac.compare_digest(key.hash if key else "", hash_of(plain))
        if key is None or not matches or not _is_active(key):
            return None
        if key.last_used_at is None or now() - key.last_used_at > timedelta(seconds=_USE_NOTED_SECONDS):
            keys = self._documents.api_keys.get_pymongo_collection()
            note = keys.update_one({"_id": key.id}, {"$max": {"last_used_at": now()}})
            self._runtime.background.start(note, "note the use of a key")
        return Caller(key.scope, key.user_id, key.id)

    async def _insert(self, plain: str, new: NewKey) -> NewKeyRecord:
        moment = now()
        expires = None if new.expires_in_days is None else moment + timedelta(days=new.expires_in_days)
        key = self._documents.api_keys(
            id=plain[:PREFIX_LENGTH],
            hash=hash_of(plain),
            scope=new.scope,
            user_id=new.user_id,
            name=new.key_name,
            created_at=moment,
            expires_at=expires,
        )
        await key.insert()
        return NewKeyRecord(plain_key=plain, details=KeyRecord.of(key, is_active=True))

    async def _remove_unused(self, prefix: str, new: NewKey) -> bool:
        """Remove the key that an earlier try of the same request created, if it was never used."""
        unused = {"_id": prefix, "scope": new.scope, "user_id": new.user_id, "last_used_at": None, "revoked_at": None}
        return (await self._documents.api_keys.get_pymongo_collection().delete_one(unused)).deleted_count == 1

    async def _manageable(self, prefix: str, user_id: str | None) -> ApiKey:
        """The key, if the caller may manage it."""
        key = await self._documents.api_keys.get(prefix)
        if key is None or user_id not in (None, key.user_id):
            if user_id is not None:
                require(self._caller, "manage the keys of this user", user_id=user_id)
            raise KeyNotFound(prefix) if self._caller.scope == "admin" or user_id else Forbidden("manage this key")
        if key.user_id is None:
            require(self._caller, "manage keys of any scope")
        else:
            require(self._caller, "manage the keys of this user", user_id=key.user_id)
        return key


def hash_of(plain: str) -> str:
    """The stored form of a key: the SHA-256 of all its characters, in hexadecimal."""
    return hashlib.sha256(plain.encode()).hexdigest()


def _is_active(key: ApiKey) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now())
