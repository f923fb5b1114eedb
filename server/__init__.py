"""The process that serves HTTP: `python -m threadkeep.server`. Each name is loaded at its first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .memory import tune
    from .startup import connect, database_url, open_when_possible

__all__ = ["connect", "database_url", "open_when_possible", "tune"]

_MODULES = {"connect": "startup", "database_url": "startup", "open_when_possible": "startup", "tune": "memory"}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
