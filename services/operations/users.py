"""Operations on users, for input that is validated already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beanie import UpdateResponse
from pymongo.errors import DuplicateKeyError

from ...clock import now
from ...documents import USER_SCHEMA_VERSION
from ...errors import EmailTaken, Forbidden, IdentityTaken, IdTaken, InvalidInput, UserNotFound
from ...ids import new_id
from ...inputs import with_email_key
from ...records import Erased, Page, UserRecord
from ..audit_trail import add_audit_entry
from ..caller_operations import CallerOperations
from ..deletion import erase, mark_erased, pseudonym_of
from ..driver_errors import translates_driver_errors
from ..key_verification import require_working_key
from ..paging import user_page
from ..refused_writes import is_stored, taken_key
from ..repeats import repeats_change, repeats_read
from ..rights import IDENTITY_FIELDS, is_allowed, require
from ..second_try import twice

if TYPE_CHECKING:
    from ...documents import AuditAction, User
    from ...inputs import NewUser, UserChanges, UserQuery
    from ..refused_writes import TakenKey


class UserOperations(CallerOperations):
    """Create, read, list, change and erase users, with the rights of one caller.

    Every operation that names a user raises `UserNotFound` if the user does not exist.
    """

    @translates_driver_errors
    async def create(self, new: NewUser, *, user_id: str | None = None) -> UserRecord:
        """Create a user. A retry of the same request returns the user that the first try created."""
        require(self._caller, "create users")
        request_ids = self._caller.request_ids
        user_id = user_id or (request_ids.id_of("user") if request_ids else new_id("user"))
        if self._is_answered:
            return await self._created_user(user_id)
        user = await self._insert(user_id, new, returns_first=request_ids is not None)
        await self._add_audit_entry("user.created", user.id)
        return UserRecord.of(user)

    async def _insert(self, user_id: str, new: NewUser, *, returns_first: bool) -> User:
        """Insert a user. With `returns_first`, return the user that an earlier try of the same request inserted."""
        moment = now()
        row = {
            "_id": user_id,
            **with_email_key(new.model_dump()),
            "created_at": moment,
            "updated_at": moment,
            "deleted_at": None,
            "schema_version": USER_SCHEMA_VERSION,
        }
        users = self._documents.users
        rows = users.get_pymongo_collection()
        try:
            await twice(lambda: rows.insert_one(row))
        except DuplicateKeyError as error:
            first = await users.get(user_id)
            if first is None or not (returns_first or await is_stored(rows, row)):
                raise await self._taken(error, user_id, row) from error
            return first
        user: User = users.model_validate(row)
        return user

    @repeats_read
    async def get(self, user_id: str) -> UserRecord:
        """Return one user."""
        require(self._caller, "read this user", user_id=user_id)
        return UserRecord.of(await self._living_user(user_id))

    @repeats_read
    async def page(self, query: UserQuery) -> Page[UserRecord]:
        """Return one page of users by creation time."""
        require(self._caller, "list users")
        users, has_more, next_cursor = await user_page(self._documents, self._runtime.time_windows, query)
        return Page([UserRecord.of(user) for user in users], has_more=has_more, next_cursor=next_cursor)

    @repeats_change
    async def update(self, user_id: str, changes: UserChanges) -> UserRecord:
        """Change the fields that `changes` sets. None empties a field."""
        require(self._caller, "change this user", user_id=user_id)
        fields = changes.model_dump(exclude_unset=True)
        identity = sorted(IDENTITY_FIELDS.intersection(fields))
        if identity and not is_allowed(self._caller, "set identity fields of users"):
            raise Forbidden(f"set {', '.join(identity)} of a user")
        if not fields:
            raise InvalidInput.at("body", "nothing to change was given")
        if self._is_answered:
            return UserRecord.of(await self._living_user(user_id))
        self._require_id_of_user(user_id)
        users = self._documents.users
        try:
            user: Any = await users.find_one({"_id": user_id, "deleted_at": None}).update(
                _update_of(fields), response_type=UpdateResponse.NEW_DOCUMENT
            )
        except DuplicateKeyError as error:
            raise await self._taken(error, user_id, fields) from error
        if user is None:
            raise UserNotFound(user_id)
        await self._add_audit_entry("user.changed", user_id)
        return UserRecord.of(user)

    @repeats_change
    async def delete(self, user_id: str) -> Erased:
        """Erase a user and return the counts of deleted threads, left threads, anonymised messages and revoked keys."""
        require(self._caller, "delete users")
        self._require_id_of_user(user_id)
        if self._caller.user_id == user_id:
            raise Forbidden("delete its own user")
        await require_working_key(self._documents, self._caller)
        if self._is_answered:
            return Erased.of(user_id)
        known = await mark_erased(self._documents, user_id)
        if not known and not self._is_retry:  # an erasure leaves nothing by which a retry could recognise it
            raise UserNotFound(user_id)
        self._runtime.revocations.announce(user_id=user_id)
        erased = await erase(self._documents, user_id)
        await self._add_audit_entry("user.erased", pseudonym_of(user_id))
        return erased

    async def _add_audit_entry(self, action: AuditAction, user_id: str) -> None:
        await add_audit_entry(self._runtime, self._caller, action, user_id)

    async def _created_user(self, user_id: str) -> UserRecord:
        """The user that an answered request created. Raises `IdTaken` if the user was erased since."""
        try:
            return UserRecord.of(await self._living_user(user_id))
        except UserNotFound:
            raise IdTaken(user_id, deleted=True) from None

    async def _living_user(self, user_id: str) -> User:
        self._require_id_of_user(user_id)
        user = await self._documents.users.find_one({"_id": user_id, "deleted_at": None})
        if user is None:
            raise UserNotFound(user_id)
        return user

    async def _taken(self, error: DuplicateKeyError, user_id: str, fields: dict[str, Any]) -> Exception:
        """The error for the unique key that another user has."""
        key = taken_key(error) or await self._find_taken_key(user_id, fields)
        if "email" in key or "email_key" in key:
            return EmailTaken(fields["email"])
        if "provider_user_id" in key:
            return IdentityTaken(fields.get("oauth_provider"), fields.get("provider_user_id"))
        return IdTaken(user_id)

    async def _find_taken_key(self, user_id: str, fields: dict[str, Any]) -> TakenKey:
        """The key of these fields that another user has, for a server that does not name it."""
        users = self._documents.users.get_pymongo_collection()
        wanted = {**(await users.find_one({"_id": user_id}) or {}), **with_email_key(fields)}
        for names in (("email",), ("email_key",), ("oauth_provider", "provider_user_id")):
            key = {name: wanted.get(name) for name in names}
            # Without a condition on `_id`: the embedded server (0.7) then finds nothing by the index of two fields.
            holders = [] if None in key.values() else await users.find(key, {"_id": 1}).to_list()
            if any(holder["_id"] != user_id for holder in holders):
                return frozenset(names)
        return frozenset({"_id"})


def _update_of(fields: dict[str, Any]) -> dict[str, Any]:
    update: dict[str, Any] = {"$set": {**with_email_key(fields), "updated_at": now()}}
    if "email" in fields and fields["email"] is None:
        update["$unset"] = {"email_key": 1}
    return update
