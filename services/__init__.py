"""Services: one class per noun, with the rights of one caller. Services know documents and nothing of HTTP.

`get_…` raises if nothing was found. Lists are pages that continue with `after`.
"""

from .analytics import (
    DAY,
    AnalyticsOverview,
    AnalyticsService,
    MessagesOverview,
    Rollups,
)
from .appends import Appender, drop_repeated_item_ids, sender, stored_row, visible, with_text_calls
from .audit import AuditService
from .audit_trail import add_audit_entry, audit_entry
from .bulk_creation import BulkThread, insert_new, insert_threads, take_over
from .bundle import Operations, Services
from .caller import TRUSTED, Caller, RequestIds
from .deletion import REAL_MESSAGE, is_placeholder
from .driver_errors import code_of_cause, reason_of, translate, translates_driver_errors
from .idempotency import Claims, KeylessRetry
from .keys import KeyService
from .maintenance import Background, Migration, Sweeper, cancel_tasks
from .messages import MessageService
from .metadata_index import fingerprints
from .no_deadline import without_deadline
from .number_gaps import skip_gap
from .paging import TimeWindows, row_size
from .query_deadlines import queries_end_within
from .revocations import Revocations
from .rights import require
from .runtime import Runtime
from .thread_creation import thread_row
from .threads import ThreadService
from .tries import Tries
from .tuning import Tuning
from .users import UserService
from .validation import input_error, validate_input

__all__ = [
    "DAY",
    "REAL_MESSAGE",
    "TRUSTED",
    "AnalyticsOverview",
    "AnalyticsService",
    "Appender",
    "AuditService",
    "Background",
    "BulkThread",
    "Caller",
    "Claims",
    "KeyService",
    "KeylessRetry",
    "MessageService",
    "MessagesOverview",
    "Migration",
    "Operations",
    "RequestIds",
    "Revocations",
    "Rollups",
    "Runtime",
    "Services",
    "Sweeper",
    "ThreadService",
    "TimeWindows",
    "Tries",
    "Tuning",
    "UserService",
    "add_audit_entry",
    "audit_entry",
    "cancel_tasks",
    "code_of_cause",
    "drop_repeated_item_ids",
    "fingerprints",
    "input_error",
    "insert_new",
    "insert_threads",
    "is_placeholder",
    "queries_end_within",
    "reason_of",
    "require",
    "row_size",
    "sender",
    "skip_gap",
    "stored_row",
    "take_over",
    "thread_row",
    "translate",
    "translates_driver_errors",
    "validate_input",
    "visible",
    "with_text_calls",
    "without_deadline",
]
