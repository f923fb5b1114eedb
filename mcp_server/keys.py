"""The client that acts for the API key of one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cachetools import LRUCache

from ..client import AsyncClient
from ..errors import Unauthorized

if TYPE_CHECKING:
    from collections.abc import Mapping

    import httpx2

_KEYS = 100
_SCHEME = "bearer "


class ClientsOfKeys:
    """Clients of one Threadkeep service, one for each API key. They share their connections."""

    def __init__(self, base_url: str | None, api_key: str | None, http_client: httpx2.AsyncClient) -> None:
        """`api_key` is for requests without headers: those of a process that talks through its standard streams."""
        self._base_url = base_url
        self._own_key = api_key
        self._http_client = http_client
        self._clients: LRUCache[str, AsyncClient] = LRUCache(_KEYS)

    def client_for(self, headers: Mapping[str, str] | None) -> AsyncClient:
        """The client for a request. A request with headers needs `Authorization: Bearer <API key>`.

        The key of this process is never used for requests from the network. Raises `Unauthorized`.
        """
        key = self._own_key
        if headers is not None:
            sent = headers.get("authorization", "")
            key = sent[len(_SCHEME) :].strip() if sent.lower().startswith(_SCHEME) else None
        if not key:
            raise Unauthorized("Send an API key of Threadkeep: `Authorization: Bearer tk_…`.")
        client = self._clients.get(key)
        if client is None:
            client = self._clients[key] = AsyncClient(self._base_url, key, http_client=self._http_client)
        return client
