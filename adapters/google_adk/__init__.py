"""Threadkeep as the session service of Google's Agent Development Kit (`pip install 'threadkeep[google-adk]'`)."""

from ..extras import missing_extra

try:
    from .service import ThreadkeepSessionService
except ImportError as error:
    raise missing_extra("google-adk", error) from error

__all__ = ["ThreadkeepSessionService"]
