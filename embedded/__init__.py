"""The MongoDB-wire server that runs as a child process when no MongoDB is configured: docs/decisions/0006."""

from .server import EmbeddedServer

__all__ = ["EmbeddedServer"]
