"""The time of the database, for decisions about the work of other processes: the clocks of processes may differ by any time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..clock import now

if TYPE_CHECKING:
    from datetime import datetime

    from pymongo.asynchronous.database import AsyncDatabase


async def database_time(database: AsyncDatabase[dict[str, Any]]) -> datetime:
    """The current time of the database, as `$currentDate` stores it. Costs one round trip."""
    greeting = await database.client.admin.command("hello")
    moment: datetime = greeting.get("localTime") or now()  # engines that imitate MongoDB may not tell it
    return moment.replace(tzinfo=None)
