"""Create, read, list and revoke API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import explains_arguments
from ..inputs import KeyQuery, NewKey
from .requested_ids import checks_ids
from .validation import validate_input, without_none

if TYPE_CHECKING:
    from ..documents import Scope
    from ..records import KeyRecord, NewKeyRecord
    from ..settings import Limits
    from .operations import KeyOperations


@explains_arguments
@checks_ids
class KeyService:
    """The methods of API keys.

    Every method that names a key raises `KeyNotFound` if the key does not exist. Every method raises `Forbidden` if the caller
    has no right to it, and `Unavailable` if the database is away.
    """

    def __init__(self, operations: KeyOperations, limits: Limits) -> None:
        self._operations = operations
        self._limits = limits

    async def create_key(
        self,
        scope: Scope = "service",
        *,
        user_id: str | None = None,
        key_name: str | None = None,
        expires_in_days: int | None = None,
    ) -> NewKeyRecord:
        """Create a key. `plain_key` of the result is the only place where its secret is shown.

        `scope` is "admin" (every right), "service" (all threads), or "user" with the `user_id` that the key acts for.
        A key without `expires_in_days` does not expire, or expires with the key that creates it. A later expiry is refused.
        Raises `UserNotFound`, and `TooManyKeys` if the user has `max_keys_per_user` active keys.
        """
        values = without_none(scope=scope, user_id=user_id, key_name=key_name, expires_in_days=expires_in_days)
        return await self._operations.create(validate_input(NewKey, values, self._limits))

    async def list_keys(self, user_id: str | None = None, *, include_inactive: bool = True) -> list[KeyRecord]:
        """Return all keys, or the keys of one user, oldest first.

        Revoked and expired keys are left out if `include_inactive` is false.
        """
        query = validate_input(KeyQuery, {"include_inactive": include_inactive}, self._limits)
        keys, cursor = await self._operations.list_keys(user_id, query)
        while cursor is not None:
            following, cursor = await self._operations.list_keys(user_id, query.model_copy(update={"after": cursor}))
            keys += following
        return keys

    async def get_key(self, prefix: str, *, user_id: str | None = None) -> KeyRecord:
        """Return one key, by its first 11 characters, without its secret.

        With `user_id`, a key of another user is not found.
        """
        return await self._operations.get(prefix, user_id=user_id)

    async def revoke_key(self, prefix: str, *, user_id: str | None = None) -> None:
        """Stop a key from working.

        The process that revokes the key refuses it at once. Another process that verified it a moment ago accepts it for up
        to `key_cache_seconds`, 5 by default.
        """
        await self._operations.revoke(prefix, user_id=user_id)
