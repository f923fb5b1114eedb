"""One command for an append: it inserts the rows, and then updates the summary of the thread (decision 71).

The server runs both writes in this order, and stops at the first one that it refuses. So the summary never gets ahead of the
messages. An update that was not reached is made afterwards, as on a server without such commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pymongo import InsertOne, UpdateOne
from pymongo.errors import ClientBulkWriteException, PyMongoError

from ..database import first_refusal, twice
from .previews import newest_preview_of
from .summary import living, summary

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow
    from ..database import TakenKey


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an insert of rows."""

    inserted: int
    """How many rows were inserted, from the first one on."""
    fault: TakenKey | Exception | None = None
    """Why the next row was refused."""
    is_summarised: bool = False
    """Whether the thread is not deleted, and its summary covers all rows."""


async def insert_and_summarise(documents: Documents, rows: list[MessageRow]) -> Outcome:
    """Insert the rows in order until one is refused. If none is, update the summary of the thread."""
    try:
        result = await twice(lambda: _send(documents, rows))
    except ClientBulkWriteException as error:
        inserted, fault = first_refusal(error)
        if inserted == len(rows):  # the update was refused
            return Outcome(inserted)
        return Outcome(inserted, fault)
    return Outcome(len(rows), is_summarised=result)


async def _send(documents: Documents, rows: list[MessageRow]) -> bool:
    database = documents.database
    last = rows[-1]
    writes: list[Any] = [InsertOne(row, f"{database.name}.{documents.messages.name}") for row in rows]
    writes.append(
        UpdateOne(
            living(last["thread_id"]),
            summary(last["seq"], max(row["created_at"] for row in rows), newest_preview_of(rows)),
            namespace=f"{database.name}.{documents.threads.name}",
        )
    )
    try:
        result = await database.client.bulk_write(writes, write_concern=database.write_concern)
    except ClientBulkWriteException as error:
        if isinstance(error.error, PyMongoError):
            raise error.error from error
        raise
    return result.matched_count == 1
