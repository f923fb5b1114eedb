"""Create, read, list, change and erase users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from ..errors import explains_arguments
from ..inputs import EnsuredUser, ExternalIdOnly, NewUser, UserChanges, UserQuery
from .requested_ids import checks_ids
from .validation import validate_input, without_none

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from ..inputs import Order, UserFilters, UserUpdate
    from ..records import Erased, Page, UserRecord
    from ..settings import Limits
    from .operations import UserOperations


@explains_arguments
@checks_ids
class UserService:
    """The methods of users.

    Every method that names a user raises `UserNotFound` if the user does not exist. Every method raises `Forbidden` if the
    caller has no right to it, and `Unavailable` if the database is away. For an invalid argument, it raises `InvalidInput`,
    which names the field and the rule.
    """

    def __init__(self, operations: UserOperations, limits: Limits) -> None:
        self._operations = operations
        self._limits = limits

    async def create_user(
        self,
        *,
        external_id: str | None = None,
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
        """Create a user. Every field is optional. The oldest clients send `name` instead of `full_name`.

        `external_id` is the user's id in the application: any text of 1 to 256 characters.

        Raises `ExternalIdTaken`, `EmailTaken` or `IdentityTaken` if another user has the external id, the e-mail address or the
        id at the provider.
        """
        values = without_none(
            external_id=external_id,
            email=email,
            full_name=full_name if full_name is not None else name,
            given_name=given_name,
            family_name=family_name,
            picture_url=picture_url,
            provider_user_id=provider_user_id,
        )
        values |= {"email_verified": email_verified, "oauth_provider": oauth_provider}
        return await self._operations.create(validate_input(NewUser, values, self._limits))

    async def ensure_user(
        self,
        external_id: str,
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
        """Return the user whose id in the application is `external_id`. Create the user if there is none.

        Any number of callers may race: they all get one user. The other arguments are for a new user (those of `create_user`).
        A user who exists is not changed. `external_id` is any text of 1 to 256 characters.

        Raises `EmailTaken` or `IdentityTaken` if a user with another external id has the e-mail address, or the id at the
        provider.
        """
        values = without_none(
            external_id=external_id,
            email=email,
            full_name=full_name if full_name is not None else name,
            given_name=given_name,
            family_name=family_name,
            picture_url=picture_url,
            provider_user_id=provider_user_id,
        )
        values |= {"email_verified": email_verified, "oauth_provider": oauth_provider}
        new = validate_input(EnsuredUser, values, self._limits)
        return (await self._operations.ensure(new.external_id, new))[0]

    async def get_user_by_external_id(self, external_id: str) -> UserRecord:
        """Return the user whose id in the application is `external_id`."""
        query = validate_input(ExternalIdOnly, {"external_id": external_id}, self._limits)
        return await self._operations.get_by_external_id(query.external_id)

    async def get_user(self, user_id: str) -> UserRecord:
        """Return one user."""
        return await self._operations.get(user_id)

    async def list_users(
        self,
        limit: int | None = None,
        *,
        after: str | None = None,
        before: str | None = None,
        order: Order = "desc",
        email: str | None = None,
        external_id: str | None = None,
        oauth_provider: str | None = None,
        provider_user_id: str | None = None,
    ) -> Page[UserRecord]:
        """Return one page of users by creation time, newest first unless `order` is "asc".

        `limit` is 1 to 100 (20 if it is not given). `after` and `before` take the id of a user or a page's `next_cursor`.
        `next_cursor` also works if the user was erased since.

        The list has the users who match every given filter. Give `oauth_provider` and `provider_user_id` together.
        """
        values = without_none(
            limit=limit,
            after=after,
            before=before,
            order=order,
            email=email,
            external_id=external_id,
            oauth_provider=oauth_provider,
            provider_user_id=provider_user_id,
        )
        return await self._operations.page(validate_input(UserQuery, values, self._limits))

    async def iter_users(self, **filters: Unpack[UserFilters]) -> AsyncIterator[UserRecord]:
        """Iterate over all users, page by page. Takes the arguments of `list_users`; `limit` is the size of a page."""
        filters.setdefault("limit", self._limits.max_records_page)
        while True:
            page = await self.list_users(**filters)
            for record in page:
                yield record
            if not page.has_more:
                return
            filters["after"] = page.next_cursor

    async def update_user(self, user_id: str, **changes: Unpack[UserUpdate]) -> UserRecord:
        """Change the named fields of a user (the fields of `create_user`). None empties a field.

        The key of a user may not change `email`, `email_verified`, `oauth_provider` and `provider_user_id`: it raises `Forbidden`.
        Raises `EmailTaken` or `IdentityTaken` if another user has the e-mail address, or the id at the provider.
        """
        return await self._operations.update(user_id, validate_input(UserChanges, {**changes}, self._limits))

    async def delete_user(self, user_id: str) -> Erased:
        """Erase a user, and return the counts of deleted and left threads, anonymised messages and revoked keys.

        Threads that the user owns are deleted with all their messages. The user is removed from the participants of other
        threads; a thread without participants is deleted too. Messages that the user sent there stay, with `deleted_user`
        as their sender. The user's keys stop working. The user does not exist for any reader from the first write on. If
        the process is killed in between, the sweeper completes the erasure.
        """
        return await self._operations.delete(user_id)
