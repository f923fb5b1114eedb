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
from .previews import newest_preview_of, preview_of
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


class JointWrites:
    """Inserts rows and updates the summary of their thread with one command."""

    def __init__(self, documents: Documents) -> None:
        database = documents.database
        self._client, self._admin = database.client, documents.admin
        self._write_concern = database.write_concern
        self._messages = f"{database.name}.{documents.messages.name}"
        self._threads = f"{database.name}.{documents.threads.name}"

    async def insert_and_summarise(self, rows: list[MessageRow]) -> Outcome:
        """Insert the rows in order until one is refused. If none is, update the summary of the thread."""
        write = self._command if len(rows) == 1 else self._bulk_write
        return await twice(lambda: write(rows))

    async def _command(self, rows: list[MessageRow]) -> Outcome:
        """Send one row as a bare command, which costs less than the driver's bulk write (decision 100)."""
        row = rows[0]
        update = summary(row["seq"], row["created_at"], preview_of(row))
        command = {
            "bulkWrite": 1,
            "ops": [
                {"insert": 0, "document": row},
                {"update": 1, "filter": living(row["thread_id"]), "updateMods": update, "multi": False},
            ],
            "nsInfo": [{"ns": self._messages}, {"ns": self._threads}],
            "ordered": True,
            "errorsOnly": True,
            "writeConcern": self._write_concern.document,
        }
        reply = await send_command(self._admin, command, _REPLY)
        if fault := reply.get("writeConcernError"):
            raise WriteConcernError(fault.get("errmsg", ""), fault.get("code"), fault)
        faults = [answer for answer in reply["cursor"]["firstBatch"] if not answer["ok"]]
        if faults:
            return _refused(rows, faults[0]["idx"], refusal(faults[0]))
        return Outcome(1, is_summarised=reply["nMatched"] == 1)

    async def _bulk_write(self, rows: list[MessageRow]) -> Outcome:
        update = summary(rows[-1]["seq"], max(row["created_at"] for row in rows), newest_preview_of(rows))
        writes: list[Any] = [InsertOne(row, self._messages) for row in rows]
        writes.append(UpdateOne(living(rows[0]["thread_id"]), update, namespace=self._threads))
        try:
            result = await self._client.bulk_write(writes, write_concern=self._write_concern)
        except ClientBulkWriteException as error:
            if error.error is not None:
                raise error.error from error
            return _refused(rows, *first_refusal(error))
        return Outcome(len(rows), is_summarised=result.matched_count == 1)


def _refused(rows: list[MessageRow], inserted: int, fault: TakenKey | Exception) -> Outcome:
    """The outcome if the server refused the write at position `inserted`: a row, or behind them the update."""
    return Outcome(inserted, fault if inserted < len(rows) else None)
