"""Finds who gave the external ids of exported threads: services and admins, or the keys of one user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...services import external_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...documents import Documents


async def add_namers(documents: Documents, threads: Iterable[Any]) -> None:
    """Set `external_id_of` of each thread with an external id: the user whose keys gave it, or None.

    Only the owner of a thread can be this user: the threads that the keys of a user create belong to the user.
    """
    named: dict[tuple[str, str], Any] = {}
    for thread in threads:
        external_id, owner_id = thread.get("external_id"), thread["owner_id"]
        if external_id is not None and owner_id is not None:
            named[external_key("thread", owner_id, external_id), thread["_id"]] = thread
    if not named:
        return
    async for claim in documents.external_ids.find({"_id": {"$in": [key for key, _ in named]}}, {"target_id": 1}):
        thread = named.get((claim["_id"], claim["target_id"]))
        if thread is not None:
            thread["external_id_of"] = thread["owner_id"]
