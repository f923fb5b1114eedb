"""The Python clients of the HTTP API: `Client` blocks, `AsyncClient` is awaited."""

from .client import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]
