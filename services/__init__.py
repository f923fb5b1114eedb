"""What can be done: one async class per noun. `get_…` raises where there is nothing; services know documents, never HTTP."""

from .analytics import AnalyticsService
from .appending import Appender
from .background import Background
from .caller import TRUSTED, Caller
from .keys import KeyService
from .messages import MessageService
from .repeating import Claims, Repeat
from .store import Store
from .stretches import Stretches
from .sweeping import Sweeper
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
