"""Operations: what routers and services call with input that is validated already. Each checks the caller's rights."""

from .keys import KeyOperations, hash_of
from .messages import MessageOperations
from .threads import ThreadOperations
from .users import UserOperations

__all__ = [
    "KeyOperations",
    "MessageOperations",
    "ThreadOperations",
    "UserOperations",
    "hash_of",
]
