"""Operations on users, for input that is validated already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beanie import UpdateResponse
from pymongo.errors import DuplicateKeyError

from ...clock import now
from ...documents import USER_SCHEMA_VERSION
from ...errors import (
    EmailTaken,
    ExternalIdTaken,
    Forbidden,
    IdentityTaken,
    IdTaken,
    InvalidInput,
    Unavailable,
    UserNotFound,
)
from ...ids import new_id
from ...records import Erased, Page, UserRecord
from ..audit_trail import add_audit_entry
from ..caller_operations import CallerOperations
from ..deletion import erase, mark_erased, pseudonym_of
from ..driver_errors import duplicate_key, translates_driver_errors
from ..external_ids import ExternalIdClaim
from ..key_verification import require_working_key
from ..paging import user_page
from ..rights import IDENTITY_FIELDS, is_allowed, require

if TYPE_CHECKING:
    from ...documents import AuditAction, User
    from ...inputs import NewUser, NewUserFields, UserChanges, UserQuery


_MOST_TRIES = 10


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
            return await self._created_user(user_id, new.external_id)
        if new.external_id is not None:
            user, created = await self._named_user(new.external_id, new, user_id)
            if not created and not self._is_retry:
                raise ExternalIdTaken(new.external_id, user_id=user.id)
            return UserRecord.of(user)
        user = await self._insert(user_id, new, returns_first=request_ids is not None)
        await self._add_audit_entry("user.created", user.id)
        return UserRecord.of(user)

    @translates_driver_errors
    async def ensure(self, external_id: str, fields: NewUserFields) -> tuple[UserRecord, bool]:
        """Return the user who has the external id, and whether this call created the user.

        Creates at most one, in any race. A user who exists is not changed: the `fields` are for a new user.
        """
        require(self._caller, "find users by external id")
        if self._is_answered:
            return await self.get_by_external_id(external_id), False
        new = fields.named(external_id)
        user, created = await self._named_user(external_id, new, new_id("user"))
        return UserRecord.of(user), created

    @translates_driver_errors
    async def get_by_external_id(self, external_id: str) -> UserRecord:
        """Return the user who has the external id."""
        require(self._caller, "find users by external id")
        user_id = await self._claim(external_id).target_id()
        user = None if user_id is None else await self._user_or_tombstone(user_id)
        if user is None or user.deleted_at is not None:
            raise UserNotFound(external_id)
        return UserRecord.of(user)

    async def _named_user(self, external_id: str, new: NewUser, user_id: str) -> tuple[User, bool]:
        """The user who has the external id. If there is none, creates the user; `user_id` is the id of a new user.

        1. Take the external id for a user id. All writers in a race continue with the same user id.
        2. Insert the user. One writer succeeds, and the others read that user.
        3. Check that the external id still belongs to the user. It does not if the user was erased meanwhile.
        """
        claim = self._claim(external_id)
        for _ in range(_MOST_TRIES):
            holder_id = await claim.target_id()
            user = None if holder_id is None else await self._user_or_tombstone(holder_id)
            if user is not None and user.deleted_at is None:
                return user, False
            require(self._caller, "create users")
            if holder_id is None or user is not None:
                holder_id = user_id if user_id != holder_id else new_id("user")
                if not await claim.take(holder_id, instead_of=None if user is None else user.id):
                    continue
            try:
                user = await self._insert(holder_id, new)
            except IdTaken:
                continue
            if await claim.target_id() == user.id:
                await self._add_audit_entry("user.created", user.id)
                return user, True
            await mark_erased(self._documents, user.id)
            await erase(self._documents, user.id)
        raise Unavailable("The user was created and erased several times meanwhile.")

    async def _take_external_id(self, external_id: str, user: User) -> None:
        """Give the external id to a user who exists. Raises `ExternalIdTaken`."""
        claim = self._claim(external_id)
        for _ in range(_MOST_TRIES):
            holder_id = await claim.target_id()
            holder = None if holder_id is None else await self._user_or_tombstone(holder_id)
            if holder is not None and holder.deleted_at is None and holder.id != user.id:
                raise ExternalIdTaken(external_id, user_id=holder.id)
            if holder_id == user.id or await claim.take(user.id, instead_of=holder_id):
                return
        raise Unavailable("The external id changed its user several times meanwhile.")

    async def _insert(self, user_id: str, new: NewUser, *, returns_first: bool = False) -> User:
        """Insert a user. With `returns_first`, return the user that an earlier try of the same request inserted."""
        moment = now()
        fields = new.model_dump()
        if fields["external_id"] is None:
            del fields["external_id"]
        row = {
            "_id": user_id,
            **fields,
            "created_at": moment,
            "updated_at": moment,
            "deleted_at": None,
            "schema_version": USER_SCHEMA_VERSION,
        }
        users = self._documents.users
        try:
            await users.get_pymongo_collection().insert_one(row)
        except DuplicateKeyError as error:
            first = await users.get(user_id)
            if first is None or not returns_first:
                raise await self._taken(error, user_id, fields, exists=first is not None) from error
            return first
        user: User = users.model_validate(row)
        return user

    @translates_driver_errors
    async def get(self, user_id: str) -> UserRecord:
        """Return one user."""
        require(self._caller, "read this user", user_id=user_id)
        return UserRecord.of(await self._living_user(user_id))

    @translates_driver_errors
    async def page(self, query: UserQuery) -> Page[UserRecord]:
        """Return one page of users by creation time."""
        require(self._caller, "list users")
        users, has_more, next_cursor = await user_page(self._documents, self._runtime.time_windows, query)
        return Page([UserRecord.of(user) for user in users], has_more=has_more, next_cursor=next_cursor)

    @translates_driver_errors
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
        if fields.get("external_id") is not None:
            await self._take_external_id(fields["external_id"], await self._living_user(user_id))
        change: dict[str, Any] = {"$set": {**fields, "updated_at": now()}}
        if "external_id" in fields and fields["external_id"] is None:
            change["$unset"] = {"external_id": change["$set"].pop("external_id")}
        users = self._documents.users
        try:
            user: Any = await users.find_one({"_id": user_id, "deleted_at": None}).update(
                change, response_type=UpdateResponse.NEW_DOCUMENT
            )
        except DuplicateKeyError as error:
            raise await self._taken(error, user_id, fields) from error
        if user is None:
            raise UserNotFound(user_id)
        if "external_id" in fields:
            await self._claim(fields["external_id"] or "").release_others(user_id)
        await self._add_audit_entry("user.changed", user_id)
        return UserRecord.of(user)

    @translates_driver_errors
    async def delete(self, user_id: str) -> Erased:
        """Erase a user and return the counts of deleted threads, left threads, anonymised messages and revoked keys."""
        require(self._caller, "delete users")
        if self._caller.user_id == user_id:
            raise Forbidden("delete its own user")
        await require_working_key(self._documents, self._caller)
        if self._is_answered:
            return Erased.of(user_id)
        known = isinstance(user_id, str) and await mark_erased(self._documents, user_id)
        if not known and not self._is_retry:  # an erasure leaves nothing by which a retry could recognise it
            raise UserNotFound(user_id)
        self._runtime.revocations.announce(user_id=user_id)
        erased = await erase(self._documents, user_id)
        await self._add_audit_entry("user.erased", pseudonym_of(user_id))
        return erased

    async def _add_audit_entry(self, action: AuditAction, user_id: str) -> None:
        await add_audit_entry(self._runtime, self._caller, action, user_id)

    async def _created_user(self, user_id: str, external_id: str | None) -> UserRecord:
        """The user that an answered request created. Raises `IdTaken` if the user was erased since."""
        try:
            if external_id is not None:
                return await self.get_by_external_id(external_id)
            return UserRecord.of(await self._living_user(user_id))
        except UserNotFound:
            raise IdTaken(user_id, deleted=True) from None

    def _claim(self, external_id: str) -> ExternalIdClaim:
        return ExternalIdClaim(self._documents, self._caller, "user", external_id)

    async def _user_or_tombstone(self, user_id: str) -> User | None:
        return await self._documents.users.get(user_id)

    async def _taken(
        self, error: DuplicateKeyError, user_id: str, fields: dict[str, Any], *, exists: bool = False
    ) -> Exception:
        """The error for the unique index that refused a write. It names the other user if the caller may find users."""
        key = duplicate_key(error)
        if exists or not ({"email", "provider_user_id"} & key.keys()):
            return IdTaken(user_id)
        names = ("email",) if "email" in key else ("oauth_provider", "provider_user_id")
        holder: dict[str, str] = {}
        if is_allowed(self._caller, "list users"):
            other: Any = await self._documents.users.find_one({name: fields.get(name) for name in names})
            holder = {"user_id": other.id} if other is not None else {}
        if "email" in key:
            return EmailTaken(fields["email"], **holder)
        return IdentityTaken(fields.get("oauth_provider"), fields.get("provider_user_id"), **holder)

    async def _living_user(self, user_id: str) -> User:
        is_id = isinstance(user_id, str)  # a dict would be read as a query operator
        user = await self._documents.users.find_one({"_id": user_id, "deleted_at": None}) if is_id else None
        if user is None:
            raise UserNotFound(user_id)
        return user
