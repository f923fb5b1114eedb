"""Threadkeep stores AI conversations (users, threads and messages) in your own MongoDB.

`get_…` methods raise `NotFound` if the object does not exist. List methods return pages; pass `after` to get the next page.
Importing this package connects to nothing. Each name loads its module at its first use.
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
        ForeignRequest,
        IdempotencyMismatch,
        IdentityTaken,
        IdTaken,
        ImportNotFound,
        InvalidInput,
        InvalidParticipants,
        KeyNotFound,
        MessageNotFound,
        NoNumberLeft,
        NotFound,
        Overloaded,
        PartlyStored,
        PreconditionFailed,
        RateLimited,
        RequestTimeout,
        StartupError,
        StillRunning,
        ThreadkeepError,
        ThreadNotFound,
        TooLarge,
        TooManyImports,
        TooManyKeys,
        Unauthorized,
        Unavailable,
        UnknownCursor,
        UnsupportedEncoding,
        UnsupportedMediaType,
        UserNotFound,
    )
    from .inputs import (
        MessageFilters,
        MessageInput,
        ThreadFilters,
        UserFilters,
        UserUpdate,
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
    "ForeignRequest",
    "IdTaken",
    "IdempotencyMismatch",
    "IdentityTaken",
    "ImportNotFound",
    "InvalidInput",
    "InvalidParticipants",
    "KeyNotFound",
    "Limits",
    "MessageFilters",
    "MessageInput",
    "MessageNotFound",
    "MessageRecord",
    "NoNumberLeft",
    "NotFound",
    "Overloaded",
    "Page",
    "PartlyStored",
    "PreconditionFailed",
    "RateLimited",
    "RequestTimeout",
    "Settings",
    "StartupError",
    "StillRunning",
    "ThreadFilters",
    "ThreadNotFound",
    "ThreadRecord",
    "Threadkeep",
    "ThreadkeepError",
    "TooLarge",
    "TooManyImports",
    "TooManyKeys",
    "Unauthorized",
    "Unavailable",
    "UnknownCursor",
    "UnsupportedEncoding",
    "UnsupportedMediaType",
    "UserFilters",
    "UserNotFound",
    "UserRecord",
    "UserUpdate",
]

_MODULES = {
    "client": ("AsyncClient", "Client"),
    "inputs": (
        "MessageFilters",
        "MessageInput",
        "ThreadFilters",
        "UserFilters",
        "UserUpdate",
    ),
    "keep": ("Threadkeep",),
    "records": ("MessageRecord", "Page", "ThreadRecord", "UserRecord"),
    "services": ("Caller",),
    "settings": ("Limits", "Settings"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULE_OF.get(name, 'errors')}", __name__), name)
