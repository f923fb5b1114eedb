"""MongoDB in memory for tests: `mongomock_client()`, and pytest fixtures in `threadkeep.testing.plugin`.

The layers, from the bottom: `store` keeps the documents. `engine` is mongomock, corrected to behave like a server.
mongomock-motor makes the engine asynchronous. `client`, `database` and `collection` are subclasses of PyMongo's asynchronous
classes that use the engine, so signatures, checks, cursors, sessions and errors are those of PyMongo.
"""

from importlib.util import find_spec

from ..errors import MissingExtra

if find_spec("mongomock_motor") is None:
    raise MissingExtra("threadkeep.testing", "testing", "mongomock_motor")

from .client import mongomock_client

__all__ = ["mongomock_client"]
