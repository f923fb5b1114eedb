"""All operations and all services of one Threadkeep, with the rights of one caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .analytics import AnalyticsService
from .audit import AuditService
from .caller import TRUSTED, Caller
from .imports import ImportService
from .keys import KeyService
from .messages import MessageService
from .operations import (
    AuditOperations,
    ImportOperations,
    KeyOperations,
    MessageOperations,
    ThreadOperations,
    UserOperations,
)
from .threads import ThreadService
from .users import UserService

if TYPE_CHECKING:
    from .runtime import Runtime


class Operations:
    """What routers call: the operations of each noun, for input that is validated already."""

    __slots__ = ("analytics", "audit", "caller", "imports", "keys", "messages", "runtime", "threads", "users")

    def __init__(self, runtime: Runtime, caller: Caller = TRUSTED) -> None:
        self.runtime = runtime
        self.caller = caller
        self.users = UserOperations(runtime, caller)
        self.threads = ThreadOperations(runtime, caller)
        self.messages = MessageOperations(runtime, caller)
        self.keys = KeyOperations(runtime, caller)
        self.imports = ImportOperations(runtime, caller)
        self.audit = AuditOperations(runtime, caller)
        self.analytics = AnalyticsService(runtime, caller)

    def acting_as(self, caller: Caller) -> Operations:
        """The same operations with the rights of this caller."""
        return Operations(self.runtime, caller)


class Services:
    """What users of the library call: the services of each noun, which validate their arguments."""

    __slots__ = (
        "analytics_service",
        "audit_service",
        "import_service",
        "key_service",
        "message_service",
        "thread_service",
        "user_service",
    )

    def __init__(self, operations: Operations) -> None:
        limits = operations.runtime.limits
        self.user_service = UserService(operations.users, limits)
        self.thread_service = ThreadService(operations.threads, limits)
        self.message_service = MessageService(operations.messages, limits)
        self.key_service = KeyService(operations.keys, limits)
        self.import_service = ImportService(operations.imports, limits)
        self.audit_service = AuditService(operations.audit, limits)
        self.analytics_service = operations.analytics
