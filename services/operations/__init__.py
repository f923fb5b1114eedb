"""Operations: what routers and services call with input that is validated already. Each checks the caller's rights."""

from ..key_verification import hash_of
from .audit import AuditOperations
from .imports import ImportOperations
from .keys import KeyOperations
from .messages import MessageOperations
from .threads import ThreadOperations
from .users import UserOperations

__all__ = [
    "AuditOperations",
    "ImportOperations",
    "KeyOperations",
    "MessageOperations",
    "ThreadOperations",
    "UserOperations",
    "hash_of",
]
