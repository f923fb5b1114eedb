"""What can be done: one async class per noun. `get_…` raises where there is nothing; services know documents, never HTTP."""

from .analytics.service import AnalyticsService
from .appends.appender import Appender
from .caller import TRUSTED, Caller
from .idempotency.claims import Claims, RequestIds
from .keys import KeyService
from .maintenance.background import Background
from .maintenance.sweeper import Sweeper
from .messages import MessageService
from .paging.time_windows import TimeWindows
from .runtime import Runtime
from .threads import ThreadService
from .users import UserService

__all__ = [
    "TRUSTED",
    "AnalyticsService",
    "Appender",
    "Background",
    "Caller",
    "Claims",
    "KeyService",
    "MessageService",
    "RequestIds",
    "Runtime",
    "Sweeper",
    "ThreadService",
    "TimeWindows",
    "UserService",
]
