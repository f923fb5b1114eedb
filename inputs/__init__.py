"""What callers may say, and the rules for it: the same at every door."""

from .api_key import NewKey, NewUserKey
from .message import MessageChanges, Messages, NativeRole, NewItem, NewMessage, Role, StoredMessage
from .query import KeyQuery, ListQuery, MessageQuery, Order, ThreadIdsQuery, ThreadQuery, UserQuery
from .thread import NO_META_DATA, NewThread, ThreadChanges
from .user import NewUser, UserChanges
from .values import Input, JsonObject, MetaData, Name, Text

__all__ = [
    "NO_META_DATA",
    "Input",
    "JsonObject",
    "KeyQuery",
    "ListQuery",
    "MessageChanges",
    "MessageQuery",
    "Messages",
    "MetaData",
    "Name",
    "NativeRole",
    "NewItem",
    "NewKey",
    "NewMessage",
    "NewThread",
    "NewUser",
    "NewUserKey",
    "Order",
    "Role",
    "StoredMessage",
    "Text",
    "ThreadChanges",
    "ThreadIdsQuery",
    "ThreadQuery",
    "UserChanges",
    "UserQuery",
]
