"""Gives the deadline of a request to the database, so that a query does not go on when nobody waits for it."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import pymongo

if TYPE_CHECKING:
    from ...documents import Documents


def queries_end_within(documents: Documents, seconds: float) -> AbstractContextManager[None]:
    """A context in which the driver sends each command with the time that is left (`maxTimeMS`).

    A client with a timeout of its own (`timeoutMS`) sends the timeout with each command already, and keeps it. Threadkeep's
    own clients have one, `database_timeout_seconds`. The client of a host application may have none.
    """
    if documents.has_time_limit:
        return nullcontext()
    return pymongo.timeout(max(seconds, 0.001))
