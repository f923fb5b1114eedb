"""Make, verify, list and revoke API keys."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from ..clock import now
from ..errors import AnsweredOnce, Forbidden, InvalidInput, KeyNotFound, UserNotFound
from ..ids import random_characters
from ..inputs import NewKey, NewUserKey
from ..records import KeyRecord, NewKeyRecord
from .caller import Caller
from .driver_errors import translates_driver_errors
from .rights import require
from .service import Service, validate_input, without_none

if TYPE_CHECKING:
    from ..documents import ApiKey, Scope

PREFIX_LENGTH = 11
"""`tk_` and eight characters: public, the name of the key; the secret follows."""
_SECRET_BYTES = 32
_USE_NOTED_SECONDS = 60
LONGEST = 256


class KeyService(Service):
    """The verbs of API keys. The secret of a key is returned once, by `create_key`, and stored nowhere."""

    async def create_key(
        self,
        scope: Scope = "service",
        *,
        user_id: str | None = None,
        key_name: str | None = None,
        expires_in_days: int | None = None,
    ) -> NewKeyRecord:
        """Make a key: `admin`, `service` (all threads), or `user` with the `user_id` it is bound to."""
        said = without_none(scope=scope, user_id=user_id, key_name=key_name, expires_in_days=expires_in_days)
        return await self.create(validate_input(NewKey, said, self._runtime.limits))

    @translates_driver_errors
    async def create(self, new: NewKey) -> NewKeyRecord:
        """`create_key` for input that is validated already."""
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
            name = (
                request_ids.id_of("tk")[:PREFIX_LENGTH] if request_ids else f"tk_{random_characters(PREFIX_LENGTH - 3)}"
            )
            try:
                return await self._store_key(f"{name}{secrets.token_urlsafe(_SECRET_BYTES)}", new)
            except DuplicateKeyError as error:  # eight characters may meet by chance
                if request_ids and not await self._forget_unseen(name, new):
                    raise AnsweredOnce from error

    @translates_driver_errors
    async def adopt_key(self, plain: str, scope: Scope = "admin", *, key_name: str | None = None) -> bool:
        """Accept a key that was made elsewhere; False if it is known already."""
        require(self._caller, "manage keys of any scope")
        try:
            await self._store_key(plain, NewKey(scope=scope, key_name=key_name))
        except DuplicateKeyError as error:
            known = await self._documents.api_keys.get(plain[:PREFIX_LENGTH])
            if known is None or not hmac.compare_digest(known.hash, hash_of(plain)) or known.revoked_at is not None:
                raise InvalidInput.at(
                    "admin_key", "another or a revoked key begins with the same characters"
                ) from error
            return False
        return True

    async def create_user_key(self, user_id: str, new: NewUserKey) -> NewKeyRecord:
        """Make a key for one user, for input that is validated already."""
        return await self.create(NewKey(scope="user", user_id=user_id, **new.model_dump()))

    @translates_driver_errors
    async def list_keys(self, user_id: str | None = None, *, include_inactive: bool = True) -> list[KeyRecord]:
        """All keys, or those of one user, oldest first; those that were revoked or have expired only where asked for."""
        if user_id is None:
            require(self._caller, "manage keys of any scope")
            found = self._documents.api_keys.find_all()
        else:
            require(self._caller, "manage the keys of this user", user_id=user_id)
            found = self._documents.api_keys.find({"user_id": user_id})
        keys = await found.sort("created_at").to_list()
        return [KeyRecord.of(key, is_active=_active(key)) for key in keys if include_inactive or _active(key)]

    @translates_driver_errors
    async def get_key(self, prefix: str, *, user_id: str | None = None) -> KeyRecord:
        """What is known of a key; with `user_id`, only if it is that user's."""
        key = await self._manageable(prefix, user_id)
        return KeyRecord.of(key, is_active=_active(key))

    @translates_driver_errors
    async def revoke_key(self, prefix: str, *, user_id: str | None = None) -> None:
        """Stop a key from working; processes that have verified it lately take a few seconds to notice."""
        key = await self._manageable(prefix, user_id)
        await self._documents.api_keys.find_one({"_id": key.id, "revoked_at": None}).update(
            {"$set": {"revoked_at": now()}}
        )

    @translates_driver_errors
    async def has_admin_key(self) -> bool:
        """Whether anybody can get in as admin."""
        lasting = [{"expires_at": None}, {"expires_at": {"$gt": now()}}]
        found = await self._documents.api_keys.find_one({"scope": "admin", "revoked_at": None, "$or": lasting})
        return found is not None

    @translates_driver_errors
    async def verify(self, plain: str) -> Caller | None:
        """Whose key this is, or None if it does not work; looks it up in the database every time."""
        if len(plain) > LONGEST or not plain.isascii():
            return None
        key = await self._documents.api_keys.get(plain[:PREFIX_LENGTH])
        # Compared even where there is nothing to compare with: the time an answer takes tells nothing.
        matches = hmac.compare_digest(key.hash if key else "", hash_of(plain))
        if key is None or not matches or not _active(key):
            return None
        if key.last_used_at is None or now() - key.last_used_at > timedelta(seconds=_USE_NOTED_SECONDS):
            keys = self._documents.api_keys.get_pymongo_collection()
            note = keys.update_one({"_id": key.id}, {"$max": {"last_used_at": now()}})
            self._runtime.background.start(note, "note the use of a key")
        return Caller(key.scope, key.user_id, key.id)

    async def _store_key(self, plain: str, new: NewKey) -> NewKeyRecord:
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

    async def _forget_unseen(self, name: str, new: NewKey) -> bool:
        """Remove the key that an earlier try of the same request made, unless it reached somebody."""
        unseen = {"_id": name, "scope": new.scope, "user_id": new.user_id, "last_used_at": None, "revoked_at": None}
        return (await self._documents.api_keys.get_pymongo_collection().delete_one(unseen)).deleted_count == 1

    async def _manageable(self, prefix: str, user_id: str | None) -> ApiKey:
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
    """What is stored of a key."""
    return hashlib.sha256(plain.encode()).hexdigest()


def _active(key: ApiKey) -> bool:
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now())
