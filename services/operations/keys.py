"""Operations on API keys, for input that is validated already."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from ...clock import iso, now
from ...errors import AnsweredOnce, Forbidden, InvalidInput, KeyNotFound, TooManyKeys, UserNotFound
from ...ids import random_characters
from ...inputs import NewKey
from ...records import KeyRecord, NewKeyRecord
from ..audit_trail import add_audit_entry
from ..caller import Caller
from ..caller_operations import CallerOperations
from ..database import Tries, translates_driver_errors, twice
from ..key_verification import hash_of, is_active, is_user_alive, require_working_key, works
from ..maintenance import Leaseholder
from ..paging import key_page
from ..repeats import repeats_change, repeats_read
from ..rights import is_allowed, require
from ..validation import is_id

if TYPE_CHECKING:
    from datetime import datetime

    from ...documents import ApiKey, Scope
    from ...inputs import KeyQuery, NewUserKey

PREFIX_LENGTH = 11
"""Length of the public part of a key, which identifies it: `tk_` and eight characters. The secret part follows."""
_SECRET_BYTES = 32
_USE_NOTED_SECONDS = 60
_LONGEST_KEY = 256
_FIRST_KEY_SECONDS = 10
_PAUSE_SECONDS = 0.1


class KeyOperations(CallerOperations):
    """Create, verify, list and revoke API keys, with the rights of one caller. The secret of a key is never stored."""

    @translates_driver_errors
    async def create(self, new: NewKey) -> NewKeyRecord:
        """Create a key. The result is the only place where its secret is shown. It lives no longer than the caller's key."""
        if (new.scope == "user") != (new.user_id is not None):
            raise InvalidInput.at("user_id", "a key of scope user needs one, any other must not have one", "scope")
        if new.user_id is None:
            require(self._caller, "manage keys of any scope")
        else:
            require(self._caller, "manage the keys of this user", user_id=new.user_id)
        creator = await require_working_key(self._documents, self._caller)
        if new.user_id is not None:
            await self._require_user_with_few_keys(new.user_id, self._runtime.limits.max_keys_per_user - 1)
        expires = _expiry(new, creator)
        request_ids = self._caller.request_ids
        tries = Tries()
        while True:
            tries.begin()
            random_prefix = f"tk_{random_characters(PREFIX_LENGTH - 3)}"
            prefix = request_ids.id_of("tk")[:PREFIX_LENGTH] if request_ids else random_prefix
            try:
                plain = f"{prefix}{secrets.token_urlsafe(_SECRET_BYTES)}"
                created = await self._insert(plain, new, expires, is_new=True)
                break
            except DuplicateKeyError as error:  # two random prefixes may be equal
                if request_ids and not await self._remove_unused(prefix, new):
                    raise AnsweredOnce from error
        if new.user_id is not None:
            await self._check_again(created.details.prefix, new.user_id)
        await add_audit_entry(self._runtime, self._caller, "key.created", created.details.prefix)
        return created

    async def create_for_user(self, user_id: str, new: NewUserKey) -> NewKeyRecord:
        """Create a key that acts for one user."""
        return await self.create(NewKey(scope="user", user_id=user_id, **new.model_dump()))

    @translates_driver_errors
    async def adopt(self, plain: str, scope: Scope = "admin", *, key_name: str | None = None) -> bool:
        """Accept a key that was created elsewhere. Returns False if the key is known already."""
        require(self._caller, "manage keys of any scope")
        try:
            await self._insert(plain, NewKey(scope=scope, key_name=key_name), None)
        except DuplicateKeyError as error:
            known = await self._documents.api_keys.get(plain[:PREFIX_LENGTH])
            if known is None or not hmac.compare_digest(known.hash, hash_of(plain)) or known.revoked_at is not None:
                raise InvalidInput.at(
                    "admin_key", "another or a revoked key begins with the same characters"
                ) from error
            return False
        await add_audit_entry(self._runtime, self._caller, "key.created", plain[:PREFIX_LENGTH])
        return True

    @repeats_read
    async def list_keys(self, user_id: str | None, query: KeyQuery) -> tuple[list[KeyRecord], str | None]:
        """Return keys of everybody, or of one user, oldest first.

        Also returns the value of `after` with which the list continues, or None at its end. One call returns at most 10,000.
        """
        if user_id is None:
            require(self._caller, "manage keys of any scope")
        else:
            self._require_id_of_user(user_id)
            require(self._caller, "manage the keys of this user", user_id=user_id)
        runtime = self._runtime
        most = runtime.tuning.listed_at_once
        keys, cursor = await key_page(self._documents, runtime.time_windows, user_id, query, most)
        return [KeyRecord.of(key, is_active=is_active(key)) for key in keys], cursor

    @repeats_read
    async def get(self, prefix: str, *, user_id: str | None = None) -> KeyRecord:
        """Return one key without its secret; with `user_id`, only if it belongs to that user."""
        key = await self._manageable(prefix, user_id)
        return KeyRecord.of(key, is_active=is_active(key))

    @repeats_change
    async def revoke(self, prefix: str, *, user_id: str | None = None) -> None:
        """Stop a key from working. Other processes that verified it a moment ago accept it for up to `key_cache_seconds`."""
        if self._is_answered:
            return
        await require_working_key(self._documents, self._caller)
        key = await self._manageable(prefix, user_id)
        await self._documents.api_keys.find_one({"_id": key.id, "revoked_at": None}).update(
            {"$set": {"revoked_at": now()}}
        )
        self._runtime.revocations.announce(key_id=key.id)
        await add_audit_entry(self._runtime, self._caller, "key.revoked", key.id)

    @translates_driver_errors
    async def create_first(self) -> NewKeyRecord | None:
        """Create an admin key if none works. If several processes ask at once, one creates it, and the others get None."""
        if await self.has_admin_key():
            return None
        lease = Leaseholder(self._documents, "first_key", seconds=_FIRST_KEY_SECONDS)
        while await lease.take() is None:  # noqa: ASYNC110 - another process holds the lease
            await asyncio.sleep(_PAUSE_SECONDS)
        try:
            if await self.has_admin_key():  # another process created it while this one waited
                return None
            return await self.create(NewKey(scope="admin", key_name="first key"))
        finally:
            await lease.release()

    @repeats_read
    async def has_admin_key(self) -> bool:
        """Whether an admin key exists that works."""
        not_expired = [{"expires_at": None}, {"expires_at": {"$gt": now()}}]
        found = await self._documents.api_keys.find_one({"scope": "admin", "revoked_at": None, "$or": not_expired})
        return found is not None

    @repeats_read
    async def verify(self, plain: str) -> Caller | None:
        """Return the caller that a key stands for, or None if the key does not work. Always asks the database.

        The key of a user works only while the user exists.
        """
        if len(plain) > _LONGEST_KEY or not plain.isascii():
            return None
        key = await self._documents.api_keys.get(plain[:PREFIX_LENGTH])
        # The hashes are compared even if no key was found, so that the time of the answer tells nothing.
        matches = hmac.compare_digest(key.hash if key else "", hash_of(plain))
        if key is None or not matches or not await works(self._documents, key):
            return None
        if key.last_used_at is None or now() - key.last_used_at > timedelta(seconds=_USE_NOTED_SECONDS):
            keys = self._documents.api_keys.get_pymongo_collection()
            note = keys.update_one({"_id": key.id}, {"$max": {"last_used_at": now()}})
            self._runtime.background.start(note, "note the use of a key")
        return Caller(key.scope, key.user_id, key.id, key_expires_at=key.expires_at)

    async def _require_few_keys(self, user_id: str, most: int) -> None:
        """Raise `TooManyKeys` if the user has more active keys than `most`."""
        active = {"user_id": user_id, "revoked_at": None, "expires_at": {"$not": {"$lte": now()}}}
        if await self._documents.api_keys.get_pymongo_collection().count_documents(active, limit=most + 1) > most:
            raise TooManyKeys(self._runtime.limits.max_keys_per_user)

    async def _require_user_with_few_keys(self, user_id: str, most: int) -> None:
        if not await is_user_alive(self._documents, user_id):
            raise UserNotFound(user_id)
        await self._require_few_keys(user_id, most)

    async def _check_again(self, prefix: str, user_id: str) -> None:
        """Remove a new key again if its user was erased meanwhile, or if others were created at the same moment."""
        try:
            await self._require_user_with_few_keys(user_id, self._runtime.limits.max_keys_per_user)
        except (UserNotFound, TooManyKeys):
            await self._documents.api_keys.get_pymongo_collection().delete_one({"_id": prefix})
            raise

    async def _insert(self, plain: str, new: NewKey, expires: datetime | None, *, is_new: bool = False) -> NewKeyRecord:
        """Store a key. With `is_new`, nobody else can have this key."""
        moment = now()
        key = self._documents.api_keys(
            id=plain[:PREFIX_LENGTH],
            hash=hash_of(plain),
            scope=new.scope,
            user_id=new.user_id,
            name=new.key_name,
            created_at=moment,
            expires_at=expires,
        )
        try:
            await twice(key.insert)
        except DuplicateKeyError:
            known = await self._documents.api_keys.get(key.id) if is_new else None
            if known is None or known.hash != key.hash:  # else this key was stored, and the answer was lost
                raise
        return NewKeyRecord(plain_key=plain, details=KeyRecord.of(key, is_active=True))

    async def _remove_unused(self, prefix: str, new: NewKey) -> bool:
        """Remove the key that an earlier try of the same request created, if it was never used."""
        unused = {"_id": prefix, "scope": new.scope, "user_id": new.user_id, "last_used_at": None, "revoked_at": None}
        return (await self._documents.api_keys.get_pymongo_collection().delete_one(unused)).deleted_count == 1

    async def _manageable(self, prefix: str, user_id: str | None) -> ApiKey:
        """The key, if the caller may manage it. A caller without this right gets the same error if there is no such key."""
        if user_id is not None:
            self._require_id_of_user(user_id)
            require(self._caller, "manage the keys of this user", user_id=user_id)
        key = await self._documents.api_keys.get(prefix) if is_id(prefix) else None
        if user_id is not None or is_allowed(self._caller, "manage keys of any scope"):
            if key is None or user_id not in (None, key.user_id):
                raise KeyNotFound(prefix)
            return key
        if (
            key is None
            or key.user_id is None
            or not is_allowed(self._caller, "manage the keys of this user", user_id=key.user_id)
        ):
            raise Forbidden("manage this key")
        return key


def _expiry(new: NewKey, creator: ApiKey | None) -> datetime | None:
    """When the new key expires: not after the key that creates it."""
    asked = None if new.expires_in_days is None else now() + timedelta(days=new.expires_in_days)
    latest = None if creator is None else creator.expires_at
    if latest is None or asked is None:
        return asked or latest
    if asked > latest:
        rule = f"must not be later than the expiry of the key that creates it, {iso(latest)}"
        raise InvalidInput.at("expires_in_days", rule, "expires_too_late")
    return asked
