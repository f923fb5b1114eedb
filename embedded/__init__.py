"""The embedded server: it speaks the MongoDB wire protocol and runs as a child process (decision 0006)."""

from .server import EmbeddedServer

__all__ = ["EmbeddedServer"]
