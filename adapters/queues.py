"""Lets callers of one process wait for each other if they change the end of the same session.

Without a queue, all callers but one find that the thread has changed, and begin again. The work then grows with the square
of their number. Callers in other processes are not waited for: the store refuses a change if the thread is not as it was
read.
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
