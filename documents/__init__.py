"""The stored documents: one Beanie document per file, with its indexes, and the `Documents` of one database."""

from importlib.util import find_spec

from ..errors import MissingExtra

if find_spec("beanie") is None:  # the first package that the services and the routers need, and the clients do not
    raise MissingExtra("This part of Threadkeep", "server", "beanie")

from .api_key import ApiKey, Scope
from .audit_entry import AuditAction, AuditEntry, AuditOutcome
from .bare_commands import send_command
from .binding import TEMPLATES, Documents, fields_of_index
from .bounded_reads import BYTES_AT_ONCE, IN_PARTS, Room, comment_of, is_too_much
from .capabilities import (
    has_bulk_writes,
    has_collections,
    has_transactions,
    require_supported_server,
    require_supported_version,
    sorts_by_index,
)
from .codec import EXACT, count_elements, elements_of
from .connection import durable, open_client
from .database_time import database_time
from .deleted_message import DeletedMessage, DeletedMessageRow
from .deleted_thread import KEPT_SECONDS as DELETED_THREAD_KEPT_SECONDS
from .deleted_thread import DeletedThread
from .draft import Draft
from .error_classification import code_of, is_transient, meaning_of, name_of
from .error_codes import MEANINGS, Meaning
from .idempotency_key import IdempotencyKey
from .import_job import KEPT_SECONDS as IMPORT_KEPT_SECONDS
from .import_job import ImportChunk, ImportJob, ImportState
from .index_filters import A_DATE
from .lease import Lease
from .message import ANCHOR_OF_BEGINNING, ANCHOR_OF_PINNED, ANONYMOUS, NEWEST, BatchMark, Message, MessageRow
from .message import SCHEMA_VERSION as MESSAGE_SCHEMA_VERSION
from .migration_position import MigrationPosition
from .schema import Change, differences
from .thread import SCHEMA_VERSION as THREAD_SCHEMA_VERSION
from .thread import Thread, ThreadRow
from .upgrades import UPGRADES, Upgrade
from .user import SCHEMA_VERSION as USER_SCHEMA_VERSION
from .user import User
from .views import call_count

__all__ = [
    "ANCHOR_OF_BEGINNING",
    "ANCHOR_OF_PINNED",
    "ANONYMOUS",
    "A_DATE",
    "BYTES_AT_ONCE",
    "DELETED_THREAD_KEPT_SECONDS",
    "EXACT",
    "IMPORT_KEPT_SECONDS",
    "IN_PARTS",
    "MEANINGS",
    "MESSAGE_SCHEMA_VERSION",
    "NEWEST",
    "TEMPLATES",
    "THREAD_SCHEMA_VERSION",
    "UPGRADES",
    "USER_SCHEMA_VERSION",
    "ApiKey",
    "AuditAction",
    "AuditEntry",
    "AuditOutcome",
    "BatchMark",
    "Change",
    "DeletedMessage",
    "DeletedMessageRow",
    "DeletedThread",
    "Documents",
    "Draft",
    "IdempotencyKey",
    "ImportChunk",
    "ImportJob",
    "ImportState",
    "Lease",
    "Meaning",
    "Message",
    "MessageRow",
    "MigrationPosition",
    "Room",
    "Scope",
    "Thread",
    "ThreadRow",
    "Upgrade",
    "User",
    "call_count",
    "code_of",
    "comment_of",
    "count_elements",
    "database_time",
    "differences",
    "durable",
    "elements_of",
    "fields_of_index",
    "has_bulk_writes",
    "has_collections",
    "has_transactions",
    "is_too_much",
    "is_transient",
    "meaning_of",
    "name_of",
    "open_client",
    "require_supported_server",
    "require_supported_version",
    "send_command",
    "sorts_by_index",
]
