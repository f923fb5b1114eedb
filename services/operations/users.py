"""Operations on users, for input that is validated already."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from beanie import UpdateResponse
from pymongo.errors import DuplicateKeyError

from ...clock import now
from ...errors import ExternalIdTaken, Forbidden, IdTaken, InvalidInput, ThreadkeepError, UserNotFound
from ...ids import new_id
from ...inputs import with_email_key
from ...records import Erased, Page, UserRecord
from ..audit_trail import add_audit_entry
from ..caller_operations import CallerOperations
from ..creation import NamedUsers, insert_user, key_taken
from ..database import translates_driver_errors
from ..deletion import erase, mark_erased, pseudonym_of
from ..key_verification import require_working_key
from ..paging import user_page
from ..repeats import repeats_change, repeats_read
from ..rights import IDENTITY_FIELDS, is_allowed, require

if TYPE_CHECKING:
    from ...documents import AuditAction, User
    from ...inputs import NewUser, NewUserFields, UserChanges, UserQuery


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
            return await self._create_named(new.external_id, new, user_id)
        user = await insert_user(self._documents, self._caller, user_id, new, returns_first=request_ids is not None)
        await self._add_audit_entry("user.created", user.id)
        return UserRecord.of(user)

    @repeats_change
    async def ensure(self, external_id: str, fields: NewUserFields) -> tuple[UserRecord, bool]:
        """Return the user who has the external id, and whether this call created the user.

        Creates at most one, in any race. A user who exists is not changed: the `fields` are for a new user.
        """
        require(self._caller, "find users by external id")
        if self._is_answered:
            return UserRecord.of(await self._named.get(external_id)), False
        user, created = await self._named.ensure(external_id, fields.named(external_id), user_id=new_id("user"))
        if created:
            await self._add_audit_entry("user.created", user.id)
        return UserRecord.of(user), created

    @repeats_read
    async def get_by_external_id(self, external_id: str) -> UserRecord:
        """Return the user who has the external id."""
        require(self._caller, "find users by external id")
        return UserRecord.of(await self._named.get(external_id))

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
        external_id = fields.get("external_id")
        if external_id is None:
            user = await self._update(user_id, fields)
        else:
            before = await self._living_user(user_id)
            await self._named.give(external_id, before)
            try:
                user = await self._update(user_id, fields)
            except ThreadkeepError:
                await self._named.take_back(external_id, before)
                raise
        if "external_id" in fields:
            await self._named.keep_only(external_id, user_id)
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

    @repeats_change
    async def _create_named(self, external_id: str, new: NewUser, user_id: str) -> UserRecord:
        """Create a user with an external id. A retry returns the user that the first try created, if nobody changed it."""
        user, created = await self._named.ensure(external_id, new, user_id=user_id)
        sent = new.model_dump()
        if not created and not (self._is_retry and sent == user.model_dump(include=set(sent))):
            raise ExternalIdTaken(external_id, user_id=user.id)
        await self._add_audit_entry("user.created", user.id)
        return UserRecord.of(user)

    async def _update(self, user_id: str, fields: dict[str, Any]) -> User:
        try:
            user: Any = await self._documents.users.find_one({"_id": user_id, "deleted_at": None}).update(
                _update_of(fields), response_type=UpdateResponse.NEW_DOCUMENT
            )
        except DuplicateKeyError as error:
            raise await key_taken(self._documents, self._caller, error, user_id, fields) from error
        if user is None:
            raise UserNotFound(user_id)
        return cast("User", user)

    @property
    def _named(self) -> NamedUsers:
        return NamedUsers(self._documents, self._caller)

    async def _created_user(self, user_id: str, external_id: str | None) -> UserRecord:
        """The user that an answered request created. Raises `IdTaken` if the user was erased since."""
        try:
            if external_id is not None:
                return UserRecord.of(await self._named.get(external_id))
            return UserRecord.of(await self._living_user(user_id))
        except UserNotFound:
            raise IdTaken(user_id, deleted=True) from None

    async def _living_user(self, user_id: str) -> User:
        self._require_id_of_user(user_id)
        user = await self._documents.users.find_one({"_id": user_id, "deleted_at": None})
        if user is None:
            raise UserNotFound(user_id)
        return user


def _update_of(fields: dict[str, Any]) -> dict[str, Any]:
    """The update that sets the fields. A key that may be absent is removed if it has no value."""
    values = with_email_key(fields)
    absent = ["external_id"] if "external_id" in fields and fields["external_id"] is None else []
    absent += ["email_key"] if "email" in fields and fields["email"] is None else []
    update: dict[str, Any] = {
        "$set": {**{name: value for name, value in values.items() if name not in absent}, "updated_at": now()}
    }
    if absent:
        update["$unset"] = dict.fromkeys(absent, 1)
    return update
