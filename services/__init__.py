"""What can be done: one async class per noun. `get_…` raises where there is nothing; services know documents, never HTTP."""

from .analytics.service import AnalyticsService
from .appends.appender import Appender
from .maintenance.background import Background
from .caller import TRUSTED, Caller
from .keys import KeyService
from .messages import MessageService
from .idempotency.claims import Claims, Repeat
from .runtime import Store
from .paging.time_windows import Stretches
from .maintenance.sweeper import Sweeper
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
    "Repeat",
    "Store",
    "Stretches",
    "Sweeper",
    "ThreadService",
    "UserService",
]
