"""The records that services and clients return: the same fields in process and over HTTP."""

from .analytics import Findings, RollupReport
from .api_key import KeyRecord, NewKeyRecord
from .audit import AuditRecord
from .context import ContextRecord
from .import_job import ImportRecord
from .message import MESSAGE_PROJECTION, MessageRecord
from .page import Deleted, Erased, Page
from .record import Record
from .thread import ThreadRecord, message_count_of
from .turn import TurnRecord
from .user import UserRecord

__all__ = [
    "MESSAGE_PROJECTION",
    "AuditRecord",
    "ContextRecord",
    "Deleted",
    "Erased",
    "Findings",
    "ImportRecord",
    "KeyRecord",
    "MessageRecord",
    "NewKeyRecord",
    "Page",
    "Record",
    "RollupReport",
    "ThreadRecord",
    "TurnRecord",
    "UserRecord",
    "message_count_of",
]
