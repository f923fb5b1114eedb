"""Services: one class per noun, with the rights of one caller. Services use documents, and do not know HTTP.

`get_…` raises if nothing was found. Lists are pages that continue with `after`.
"""

from .analytics import (
    DAY,
    AnalyticsOverview,
    AnalyticsService,
    MessagesOverview,
    Rollups,
)
from .appends import (
    Appender,
    anchor_beginning,
    drop_repeated_item_ids,
    newest_preview_of,
    sender,
    stored_preview,
    stored_row,
    visible,
    with_text_calls,
)
from .audit import AuditService
from .audit_trail import add_audit_entry, audit_entry
from .bundle import Operations, Services
from .caller import TRUSTED, Caller, RequestIds
from .commits import refresh_preview
from .creation import (
    BulkThread,
    NamedUsers,
    insert_at_numbers,
    insert_before,
    insert_new,
    insert_threads,
    recount,
    take_external_id,
    take_over,
    thread_row,
)
from .database import (
    Tries,
    code_of_cause,
    queries_end_within,
    reason_of,
    skip_gap,
    translate,
    translates_driver_errors,
    without_deadline,
)
from .deletion import REAL_MESSAGE, delete_rows, is_placeholder, is_shown, outside, ranges_of
from .external_ids import ExternalIdClaim, external_key
from .idempotency import Claims, KeylessRetry
from .import_jobs import ImportJobs, ImportProgress, ImportWorker, RunImport
from .imports import ImportService
from .keys import KeyService
from .maintenance import Background, Migration, Sweeper, cancel_tasks
from .messages import MessageService
from .metadata_index import fingerprint, fingerprints
from .paging import PageSize, TimeWindows, row_size
from .participants import erase_missing
from .revocations import Revocations
from .rights import require
from .runtime import HasRuntime, Runtime
from .runtime_start import start_rollups, start_runtime, start_sweeping
from .threads import ThreadService
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
    "ExternalIdClaim",
    "HasRuntime",
    "ImportJobs",
    "ImportProgress",
    "ImportService",
    "ImportWorker",
    "KeyService",
    "KeylessRetry",
    "MessageService",
    "MessagesOverview",
    "Migration",
    "NamedUsers",
    "Operations",
    "PageSize",
    "RequestIds",
    "Revocations",
    "Rollups",
    "RunImport",
    "Runtime",
    "Services",
    "Sweeper",
    "ThreadService",
    "TimeWindows",
    "Tries",
    "Tuning",
    "UserService",
    "add_audit_entry",
    "anchor_beginning",
    "audit_entry",
    "cancel_tasks",
    "code_of_cause",
    "delete_rows",
    "drop_repeated_item_ids",
    "erase_missing",
    "external_key",
    "fingerprint",
    "fingerprints",
    "input_error",
    "insert_at_numbers",
    "insert_before",
    "insert_new",
    "insert_threads",
    "is_placeholder",
    "is_shown",
    "newest_preview_of",
    "outside",
    "queries_end_within",
    "ranges_of",
    "reason_of",
    "recount",
    "refresh_preview",
    "require",
    "row_size",
    "sender",
    "skip_gap",
    "start_rollups",
    "start_runtime",
    "start_sweeping",
    "stored_preview",
    "stored_row",
    "take_external_id",
    "take_over",
    "thread_row",
    "translate",
    "translates_driver_errors",
    "validate_input",
    "visible",
    "with_text_calls",
    "without_deadline",
]
