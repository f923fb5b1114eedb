"""Lets the callers of one process that change the end of one session wait for each other.

Without a queue, all but one of them find that the thread has changed, and begin again: the work grows with the square of
their number. Callers in other processes are not waited for: the store refuses a change of a thread that is not as it was read.
"""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

_QUEUES: WeakValueDictionary[tuple[int, int, str], asyncio.Lock] = WeakValueDictionary()


def queue_of(store: object, session: str) -> asyncio.Lock:
    """The queue of a session of this store, on this event loop."""
    place = id(asyncio.get_running_loop()), id(store), session
    queue = _QUEUES.get(place)
    if queue is None:
        queue = _QUEUES[place] = asyncio.Lock()
    return queue
