"""One command for an append: it inserts the rows, and then updates the summary of the thread (decision 71).

The server runs both writes in this order, and stops at the first one that it refuses. So the summary never gets ahead of the
messages. An update that was not reached is made afterwards, as on a server without such commands.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bson.codec_options import CodecOptions
from pymongo import InsertOne, UpdateOne
from pymongo.errors import ClientBulkWriteException, WriteConcernError

from ...documents import send_command
from ..database import first_refusal, refusal, twice
from .previews import newest_preview_of
from .summary import living, summary

if TYPE_CHECKING:
    from ...documents import Documents, MessageRow
    from ..database import TakenKey

_REPLY: CodecOptions[dict[str, Any]] = CodecOptions(unicode_decode_error_handler="replace")
"""MongoDB cuts a long key in the text of an error, and may cut it inside of a character."""


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
    write = _command if len(rows) == 1 else _bulk_write
    return await twice(lambda: write(documents, rows))


async def _command(documents: Documents, rows: list[MessageRow]) -> Outcome:
    """Send one row as a bare command, which costs less than the driver's bulk write (decision 100)."""
    database = documents.database
    names = (documents.messages.name, documents.threads.name)
    command = {
        "bulkWrite": 1,
        "ops": [
            {"insert": 0, "document": rows[0]},
            {"update": 1, "filter": living(rows[0]["thread_id"]), "updateMods": _summary(rows), "multi": False},
        ],
        "nsInfo": [{"ns": f"{database.name}.{name}"} for name in names],
        "ordered": True,
        "errorsOnly": True,
        "writeConcern": database.write_concern.document,
    }
    reply = await send_command(documents.admin, command, _REPLY)
    if fault := reply.get("writeConcernError"):
        raise WriteConcernError(fault.get("errmsg", ""), fault.get("code"), fault)
    faults = [answer for answer in reply["cursor"]["firstBatch"] if not answer["ok"]]
    if faults:
        return _refused(rows, faults[0]["idx"], refusal(faults[0]))
    return Outcome(1, is_summarised=reply["nMatched"] == 1)


async def _bulk_write(documents: Documents, rows: list[MessageRow]) -> Outcome:
    database = documents.database
    writes: list[Any] = [InsertOne(row, f"{database.name}.{documents.messages.name}") for row in rows]
    threads = f"{database.name}.{documents.threads.name}"
    writes.append(UpdateOne(living(rows[0]["thread_id"]), _summary(rows), namespace=threads))
    try:
        result = await database.client.bulk_write(writes, write_concern=database.write_concern)
    except ClientBulkWriteException as error:
        if error.error is not None:
            raise error.error from error
        return _refused(rows, *first_refusal(error))
    return Outcome(len(rows), is_summarised=result.matched_count == 1)


def _summary(rows: list[MessageRow]) -> list[dict[str, Any]]:
    return summary(rows[-1]["seq"], max(row["created_at"] for row in rows), newest_preview_of(rows))


def _refused(rows: list[MessageRow], inserted: int, fault: TakenKey | Exception) -> Outcome:
    """The outcome if the server refused the write at position `inserted`: a row, or behind them the update."""
    return Outcome(inserted, fault if inserted < len(rows) else None)
