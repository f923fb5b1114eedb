"""Threadkeep over HTTP, from Python."""

from .client import AsyncClient, Client

__all__ = ["AsyncClient", "Client"]
