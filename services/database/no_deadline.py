"""Operations that may take any time, such as the build of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pymongo

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def without_deadline() -> AbstractContextManager[None]:
    """A context in which operations may take any time, also for a client with a timeout of its own.

    `pymongo.timeout(None)` would keep the timeout of the client. The server aborts an index build after this time.
    """
    return pymongo.timeout(0)
