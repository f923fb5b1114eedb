"""Callers with keys, and applications that they attack."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from threadkeep.tests.app_in_memory import running as starting

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2
    from fastapi import FastAPI

    from threadkeep.keep import Threadkeep
    from threadkeep.services import Caller, Services


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[httpx2.AsyncClient]:
    """Start the application, and wait until its database is open."""
    async with starting(app) as client:
        await app.state.opened
        yield client


async def caller_of(keep: Threadkeep, plain: str) -> Caller:
    caller = await keep.operations.keys.verify(plain)
    assert caller is not None
    return caller


async def acting_with_a_key(keep: Threadkeep, user_id: str, **fields: Any) -> tuple[Services, str]:
    """Return services with the rights of a new key of this user, as in the cache of a server, and the prefix of the key."""
    key = await keep.key_service.create_key("user", user_id=user_id, **fields)
    return keep.acting_as(await caller_of(keep, key.plain_key)), key.details.prefix
