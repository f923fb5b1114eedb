"""Threadkeep as the session service of Google's Agent Development Kit (`pip install 'threadkeep[google-adk]'`)."""

from ...errors import MissingExtra

try:
    from .service import ThreadkeepSessionService
except ImportError as error:
    raise MissingExtra("This adapter", "google-adk", error.name) from error

__all__ = ["ThreadkeepSessionService"]
