"""The process that serves HTTP: `python -m threadkeep.server`."""

from .memory import tune

__all__ = ["tune"]
