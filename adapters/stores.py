"""The stores that adapters take: a Threadkeep in process, its services for one caller, or a client over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from ..client import AsyncClient
    from ..keep import Threadkeep
    from ..services import Services

Store: TypeAlias = "Threadkeep | Services | AsyncClient"
"""All of them have the same services, with the same methods."""
