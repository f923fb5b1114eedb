"""Builds the calls of `key_service`: one function for each method of the clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import KeyNotFound, UserNotFound
from ..records import KeyRecord, NewKeyRecord
from .call import Call, list_of, segment, without_none
from .encoding import is_encodable

if TYPE_CHECKING:
    from ..documents import Scope


def _keys(user_id: str | None) -> str:
    """Return the path of all keys, or of the keys of one user. A user may manage their own keys there."""
    return "/v1/admin/keys" if user_id is None else f"/v1/users/{segment(user_id, UserNotFound)}/apikeys"


def _path(prefix: str, user_id: str | None) -> str:
    return f"{_keys(user_id)}/{segment(prefix, KeyNotFound)}"


def create_key(
    scope: Scope = "service",
    *,
    user_id: str | None = None,
    key_name: str | None = None,
    expires_in_days: int | None = None,
) -> Call[NewKeyRecord]:
    """Create a key. `plain_key` of the result is the only place where its secret is shown.

    `scope` is "admin" (every right), "service" (all threads), or "user" with the `user_id` that the key acts for.
    A key without `expires_in_days` does not expire, or expires with the key that creates it. A later expiry is refused.
    Raises `UserNotFound`, and `TooManyKeys` if the user has `max_keys_per_user` active keys.
    """
    body = without_none(key_name=key_name, expires_in_days=expires_in_days)
    if scope == "user" and isinstance(user_id, str) and is_encodable(user_id):
        return Call("POST", _keys(user_id), _new_key, body=body)
    return Call("POST", _keys(None), _new_key, body=body | without_none(scope=scope, user_id=user_id))


def list_keys(user_id: str | None = None, *, include_inactive: bool = True) -> Call[list[KeyRecord]]:
    """Return all keys, or the keys of one user, oldest first.

    Revoked and expired keys are left out if `include_inactive` is false.
    """
    query = {} if include_inactive is True else {"include_inactive": include_inactive}
    return Call("GET", _keys(user_id), list_of(KeyRecord, "keys"), query=query, all_pages=True)


def get_key(prefix: str, *, user_id: str | None = None) -> Call[KeyRecord]:
    """Return one key, by its first 11 characters, without its secret.

    With `user_id`, a key of another user is not found.
    """
    return Call("GET", _path(prefix, user_id), KeyRecord)


def revoke_key(prefix: str, *, user_id: str | None = None) -> Call[None]:
    """Stop a key from working.

    The process that revokes the key refuses it at once. Another process that verified it a moment ago accepts it for up
    to `key_cache_seconds`, 5 by default.
    """
    return Call("DELETE", _path(prefix, user_id), _nothing)


def _new_key(answer: Any) -> NewKeyRecord:
    return NewKeyRecord(plain_key=answer["plain_key"], details=KeyRecord(answer["details"]))


def _nothing(_: Any) -> None:
    return None
