"""Threadkeep: the home for AI conversations, users, threads and messages, in your own MongoDB.

`get_…` raises where there is nothing; lists are pages that go on with `after`. Importing this connects to nothing, and loads
what a name needs only when the name is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ._version import __version__ as __version__

if TYPE_CHECKING:
    from .client import AsyncClient, Client
    from .errors import (
        AnsweredOnce,
        Conflict,
        EmailTaken,
        Forbidden,
        IdempotencyMismatch,
        IdentityTaken,
        IdTaken,
        InvalidInput,
        InvalidParticipants,
        KeyNotFound,
        MessageNotFound,
        NotFound,
        Overloaded,
        PreconditionFailed,
        RequestTimeout,
        StartupError,
        StillRunning,
        ThreadkeepError,
        ThreadNotFound,
        TooLarge,
        Unauthorized,
        Unavailable,
        UnknownCursor,
        UnsupportedMediaType,
        UserNotFound,
    )
    from .keep import Threadkeep
    from .records import MessageRecord, Page, ThreadRecord, UserRecord
    from .services import Caller
    from .settings import Limits, Settings

__all__ = [
    "AnsweredOnce",
    "AsyncClient",
    "Caller",
    "Client",
    "Conflict",
    "EmailTaken",
    "Forbidden",
    "IdTaken",
    "IdempotencyMismatch",
    "IdentityTaken",
    "InvalidInput",
    "InvalidParticipants",
    "KeyNotFound",
    "Limits",
    "MessageNotFound",
    "MessageRecord",
    "NotFound",
    "Overloaded",
    "Page",
    "PreconditionFailed",
    "RequestTimeout",
    "Settings",
    "StartupError",
    "StillRunning",
    "ThreadNotFound",
    "ThreadRecord",
    "Threadkeep",
    "ThreadkeepError",
    "TooLarge",
    "Unauthorized",
    "Unavailable",
    "UnknownCursor",
    "UnsupportedMediaType",
    "UserNotFound",
    "UserRecord",
]

_HOMES = {
    "client": ("AsyncClient", "Client"),
    "keep": ("Threadkeep",),
    "records": ("MessageRecord", "Page", "ThreadRecord", "UserRecord"),
    "services": ("Caller",),
    "settings": ("Limits", "Settings"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME_OF.get(name, 'errors')}", __name__), name)
