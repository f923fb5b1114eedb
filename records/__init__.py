"""What services and clients give back: the same words in process and over the wire."""

from .api_key import KeyRecord, NewKeyRecord
from .message import MessageRecord
from .page import Deleted, Erased, Page
from .record import Record
from .thread import ThreadRecord
from .user import UserRecord

__all__ = [
    "Deleted",
    "Erased",
    "KeyRecord",
    "MessageRecord",
    "NewKeyRecord",
    "Page",
    "Record",
    "ThreadRecord",
    "UserRecord",
]
