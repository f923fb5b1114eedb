"""The bodies and query strings that the OpenAI API accepts, and their conversion to the input of the services."""

from .conversations import ConversationChanges, NewConversation, NewItems, is_reference
from .items import KINDS, AnyRole, MessagePart
from .queries import IncludeQuery, ItemsQuery, ThreadMessagesQuery
from .threads import NewOpenAIThread, NewThreadMessage, OpenAIThreadChanges, ThreadMessageChanges
from .values import MAX_PAIRS, one_of

__all__ = [
    "KINDS",
    "MAX_PAIRS",
    "AnyRole",
    "ConversationChanges",
    "IncludeQuery",
    "ItemsQuery",
    "MessagePart",
    "NewConversation",
    "NewItems",
    "NewOpenAIThread",
    "NewThreadMessage",
    "OpenAIThreadChanges",
    "ThreadMessageChanges",
    "ThreadMessagesQuery",
    "is_reference",
    "one_of",
]
