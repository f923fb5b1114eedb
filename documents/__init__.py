"""What is stored: one Beanie document per file, its indexes beside it."""

from .api_key import ApiKey, Scope
from .binding import Documents
from .capabilities import has_transactions, sorts_by_index
from .codec import EXACT
from .deleted_message import DeletedMessage, DeletedMessageRow
from .deleted_thread import DeletedThread
from .draft import Draft
from .idempotency_key import IdempotencyKey
from .index_filters import A_DATE
from .lease import Lease
from .message import NEWEST, BatchMark, Message, MessageRow
from .thread import Thread, ThreadRow
from .user import User

__all__ = [
    "A_DATE",
    "EXACT",
    "NEWEST",
    "ApiKey",
    "BatchMark",
    "DeletedMessage",
    "DeletedMessageRow",
    "DeletedThread",
    "Documents",
    "Draft",
    "IdempotencyKey",
    "Lease",
    "Message",
    "MessageRow",
    "Scope",
    "Thread",
    "ThreadRow",
    "User",
    "has_transactions",
    "sorts_by_index",
]
