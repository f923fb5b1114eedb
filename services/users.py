"""Make, read, change and erase users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from beanie import UpdateResponse
from pymongo.errors import DuplicateKeyError

from ..clock import now
from ..errors import EmailTaken, Forbidden, IdentityTaken, IdTaken, InvalidInput, UserNotFound
from ..ids import new_id
from ..inputs import NewUser, UserChanges, UserQuery
from ..records import Erased, Page, UserRecord
from .deletion.erasure import erase, mark_erased
from .driver_errors import translates_driver_errors
from .paging.users import find_page
from .rights import require
from .service import Service, validate_input, without_none

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..documents import User
    from ..inputs import Order


class UserService(Service):
    """The verbs of users. All that name one raise `UserNotFound` for a user that is not there."""

    async def create_user(
        self,
        *,
        email: str | None = None,
        full_name: str | None = None,
        given_name: str | None = None,
        family_name: str | None = None,
        picture_url: str | None = None,
        email_verified: bool | None = False,
        oauth_provider: str | None = "local",
        provider_user_id: str | None = None,
        name: str | None = None,
    ) -> UserRecord:
        """Make a user; every field may be left out. `name` is what the oldest clients call `full_name`.

        Raises `EmailTaken` or `IdentityTaken` where another user has the address, or the id at the provider.
        """
        said = without_none(
            email=email,
            full_name=full_name if full_name is not None else name,
            given_name=given_name,
            family_name=family_name,
            picture_url=picture_url,
            provider_user_id=provider_user_id,
        )
        said |= {"email_verified": email_verified, "oauth_provider": oauth_provider}
        return await self.create(validate_input(NewUser, said, self._runtime.limits))

    @translates_driver_errors
    async def create(self, new: NewUser, *, user_id: str | None = None) -> UserRecord:
        """`create_user` for input that is validated already."""
        require(self._caller, "create users")
        moment = now()
        request_ids = self._caller.request_ids
        user = self._documents.users(
            id=user_id or (request_ids.id_of("user") if request_ids else new_id("user")),
            created_at=moment,
            updated_at=moment,
            **new.model_dump(),
        )
        try:
            await user.insert()
        except DuplicateKeyError as error:
            first = await self._documents.users.get(user.id) if request_ids else None
            if first is not None:
                return UserRecord.of(first)
            raise _taken(error, user.id, new.model_dump()) from error
        return UserRecord.of(user)

    @translates_driver_errors
    async def get_user(self, user_id: str) -> UserRecord:
        """Return one user."""
        require(self._caller, "read this user", user_id=user_id)
        return UserRecord.of(await self._living_user(user_id))

    async def list_users(
        self,
        limit: int | None = None,
        *,
        after: str | None = None,
        before: str | None = None,
        order: Order = "desc",
        email: str | None = None,
    ) -> Page[UserRecord]:
        """A page of users by the time they were made, newest first unless said otherwise.

        `after` and `before` take a user's id or a page's `next_cursor`; the latter also works when the user was erased since.
        """
        query = without_none(limit=limit, after=after, before=before, order=order, email=email)
        return await self.page(validate_input(UserQuery, query, self._runtime.limits))

    @translates_driver_errors
    async def page(self, query: UserQuery) -> Page[UserRecord]:
        """`list_users` for a query that is validated already."""
        require(self._caller, "list users")
        users, has_more, next_cursor = await find_page(self._runtime, query)
        return Page([UserRecord.of(user) for user in users], has_more=has_more, next_cursor=next_cursor)

    async def iter_users(self, **filters: Any) -> AsyncIterator[UserRecord]:
        """All users, page by page; takes what `list_users` takes."""
        filters.setdefault("limit", self._runtime.limits.max_records_page)
        while True:
            page = await self.list_users(**filters)
            for record in page:
                yield record
            if not page.has_more:
                return
            filters["after"] = page.next_cursor

    async def update_user(self, user_id: str, **changes: Any) -> UserRecord:
        """Change the fields that are named (those of `create_user`); None empties one.

        Raises `EmailTaken` or `IdentityTaken` where another user has the address, or the id at the provider.
        """
        return await self.update(user_id, validate_input(UserChanges, changes, self._runtime.limits))

    @translates_driver_errors
    async def update(self, user_id: str, changes: UserChanges) -> UserRecord:
        """`update_user` for changes that are validated already."""
        require(self._caller, "change this user", user_id=user_id)
        fields = changes.model_dump(exclude_unset=True)
        if not fields:
            raise InvalidInput.at("body", "nothing to change was given")
        users = self._documents.users
        try:
            user: Any = await users.find_one({"_id": user_id, "deleted_at": None}).update(
                {"$set": {**fields, "updated_at": now()}}, response_type=UpdateResponse.NEW_DOCUMENT
            )
        except DuplicateKeyError as error:
            raise _taken(error, user_id, fields) from error
        if user is None:
            raise UserNotFound(user_id)
        return UserRecord.of(user)

    @translates_driver_errors
    async def delete_user(self, user_id: str) -> Erased:
        """Erase a user, and say what was done.

        Threads the user owns are deleted with all their messages; the user is taken out of the participants of all others,
        which are deleted too if nobody is left in them; messages the user sent there stay, from `deleted_user`; keys stop
        working. From the first moment the user does not exist at any door; a process killed half-way is finished by the
        sweeper.
        """
        require(self._caller, "delete users")
        if self._caller.user_id == user_id:
            raise Forbidden("delete its own user")
        known = isinstance(user_id, str) and await mark_erased(self._documents, user_id)
        if not known and not self._is_retry:  # an erasure leaves no trace by which its repetition could tell
            raise UserNotFound(user_id)
        return await erase(self._documents, user_id)

    async def _living_user(self, user_id: str) -> User:
        is_id = isinstance(user_id, str)  # anything else could be taken for an operator
        user = await self._documents.users.find_one({"_id": user_id, "deleted_at": None}) if is_id else None
        if user is None:
            raise UserNotFound(user_id)
        return user


def _taken(error: DuplicateKeyError, user_id: str, fields: dict[str, Any]) -> Exception:
    key = (error.details or {}).get("keyPattern", {})
    if "email" in key:
        return EmailTaken(fields["email"])
    if "provider_user_id" in key:
        return IdentityTaken(fields.get("oauth_provider"), fields.get("provider_user_id"))
    return IdTaken(user_id)
