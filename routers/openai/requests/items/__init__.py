"""Request models of the items of conversations that are not messages, of their parts, and the table of their kinds."""

from .kinds import KINDS, Kind
from .outputs import CompactionTrigger, ItemReference
from .parts import AnyRole, MessageItem, MessagePart

__all__ = ["KINDS", "AnyRole", "CompactionTrigger", "ItemReference", "Kind", "MessageItem", "MessagePart"]
