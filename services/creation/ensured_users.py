"""Users by their external ids.

A user with an external id is created in these steps:

1. Take the external id for a user id. All writers in a race continue with the same user id.
2. Insert the user. One writer succeeds, and the others read that user.
3. Check that the external id still belongs to the user. It does not if the user was erased meanwhile.

A process may be killed at any step: the next writer continues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import ExternalIdTaken, IdTaken, UserNotFound
from ...ids import new_id
from ..database import Tries
from ..deletion import erase, mark_erased
from ..external_ids import ExternalIdClaim
from ..rights import require
from .users import insert_user

if TYPE_CHECKING:
    from ...documents import Documents, User
    from ...inputs import NewUser
    from ..caller import Caller


class NamedUsers:
    """The users who have external ids, with the rights of one caller."""

    def __init__(self, documents: Documents, caller: Caller) -> None:
        self._documents = documents
        self._caller = caller

    async def get(self, external_id: str) -> User:
        """The user who has the external id. Raises `UserNotFound`."""
        holder_id = await self._claim(external_id).target_id()
        user = None if holder_id is None else await self._documents.users.get(holder_id)
        if user is None or user.deleted_at is not None:
            raise UserNotFound(external_id)
        return user

    async def ensure(self, external_id: str, new: NewUser, *, user_id: str) -> tuple[User, bool]:
        """The user who has the external id, and whether this call created the user; `user_id` is the id of a new one."""
        claim = self._claim(external_id)
        tries = Tries()
        while True:
            tries.begin()
            holder_id = await claim.target_id()
            holder = None if holder_id is None else await self._documents.users.get(holder_id)
            if holder is not None and holder.deleted_at is None:
                return holder, False
            require(self._caller, "create users")
            if holder_id is None or holder is not None:
                instead_of, holder_id = holder_id, user_id if user_id != holder_id else new_id("user")
                if not await claim.take(holder_id, instead_of=instead_of):
                    continue
            try:
                user = await insert_user(self._documents, self._caller, holder_id, new)
            except IdTaken:
                continue
            if await claim.target_id() == user.id:
                return user, True
            await mark_erased(self._documents, user.id)
            await erase(self._documents, user.id)

    async def give(self, external_id: str, user: User) -> None:
        """Give the external id to a user who exists. Raises `ExternalIdTaken`."""
        claim = self._claim(external_id)
        tries = Tries()
        while True:
            tries.begin()
            holder_id = await claim.target_id()
            holder = None if holder_id is None else await self._documents.users.get(holder_id)
            if holder is not None and holder.deleted_at is None and holder.id != user.id:
                raise ExternalIdTaken(external_id, user_id=holder.id)
            if holder_id == user.id or await claim.take(user.id, instead_of=holder_id):
                return

    async def take_back(self, external_id: str, user: User) -> None:
        """Free an external id that was given to the user, unless the user has it still."""
        if user.external_id != external_id:
            await self._claim(external_id).release(user.id)

    async def keep_only(self, external_id: str | None, user_id: str) -> None:
        """Free all external ids of the user but this one."""
        await self._claim(external_id or "").release_others(user_id)

    def _claim(self, external_id: str) -> ExternalIdClaim:
        return ExternalIdClaim(self._documents, self._caller, "user", external_id)
