"""External ids: names that applications give to users and threads (decision 70).

`external_ids` holds one document for each name. Its `_id` is derived from the name, so that exactly one of several writers
inserts it, on every kind of server. Its `target_id` is the thread or user that has the name. If that thread or user is deleted,
the next writer takes the name over with one conditional write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pymongo.errors import DuplicateKeyError

from ..clock import now
from ..ids import LENGTH, characters_of
from ..stored_json import as_json

if TYPE_CHECKING:
    from ..documents import Documents
    from .caller import Caller

Kind = Literal["user", "thread"]
_KEY_LENGTH = 2 * LENGTH  # 260 bits: nobody finds two names with the same key


class ExternalIdClaim:
    """One external id of a kind of object, among the external ids that the caller can use.

    The threads that services and admins name share their external ids. The keys of one user share others: so a user's key
    cannot find out which external ids exist.
    """

    def __init__(self, documents: Documents, caller: Caller, kind: Kind, external_id: str) -> None:
        self._claims = documents.external_ids
        self.external_id = external_id
        self._key = external_key(kind, caller.user_id, external_id)

    async def target_id(self) -> str | None:
        """The id of the user or thread that has the external id. It may be deleted."""
        found: Any = await self._claims.find_one({"_id": self._key}, {"target_id": 1})
        return None if found is None else found["target_id"]

    async def take(self, target_id: str, *, instead_of: str | None) -> bool:
        """Give the external id to `target_id`. Returns False if another writer was faster.

        `instead_of` is the deleted object that has the external id now, or None if no object has it.
        """
        if instead_of is not None:
            taken = await self._claims.update_one(
                {"_id": self._key, "target_id": instead_of}, {"$set": {"target_id": target_id, "created_at": now()}}
            )
            return taken.matched_count == 1
        try:
            await self._claims.insert_one({"_id": self._key, "target_id": target_id, "created_at": now()})
        except DuplicateKeyError:
            return await self.target_id() == target_id  # the driver may have sent the insert twice
        return True

    async def release(self, target_id: str) -> None:
        """Free the external id if this object has it."""
        await self._claims.delete_one({"_id": self._key, "target_id": target_id})

    async def release_others(self, target_id: str) -> None:
        """Free all other external ids of this object."""
        await self._claims.delete_many({"target_id": target_id, "_id": {"$ne": self._key}})


def external_key(kind: Kind, user_id: str | None, external_id: str) -> str:
    """The `_id` of the document of an external id. `user_id` is the user whose keys gave it; None for services and admins."""
    name = as_json([kind, user_id, external_id]).decode()
    return f"{kind}_{characters_of(name, _KEY_LENGTH)}"


async def release_external_ids(documents: Documents, target_id: str) -> None:
    """Free the external ids of a user or thread that is deleted."""
    await documents.external_ids.delete_many({"target_id": target_id})
