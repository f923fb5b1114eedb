"""MongoDB in memory for tests: `mongomock_client()`, and pytest fixtures in `threadkeep.testing.plugin`.

From the bottom: `store` keeps documents, `engine` is mongomock, mended where it and a server differ, mongomock-motor
makes that awaitable, and `client`, `database` and `collection` are PyMongo's own asynchronous classes answered by it,
so that signatures, checks, cursors, sessions and errors are PyMongo's.
"""

from importlib.util import find_spec

if find_spec("mongomock_motor") is None:
    raise ModuleNotFoundError(
        "threadkeep.testing needs mongomock-motor: pip install 'threadkeep[testing]'", name="mongomock_motor"
    )

from .client import mongomock_client

__all__ = ["mongomock_client"]
