"""Annotated types of the parameters that several routes have."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from ...inputs import LONGEST_ID
from ...services import KeylessRetry, Operations
from ..http import operations_of
from .requests import IncludeQuery, ItemsQuery, ThreadMessagesQuery
from .retries import keyless_retry_of

_ID = {"min_length": 1, "max_length": LONGEST_ID}
_THREAD, _CONVERSATION, _ITEM = (
    "thread_Vg3trkDAYOJM7CSwOfN9TN",
    "conv_8tYOlZFZ36TDirMUbGvJ9g",
    "msg_0Vbhcok2GDPEHsN1FyFNIu",
)

RequestOperations = Annotated[Operations, Depends(operations_of)]
"""The operations, with the rights of the request's key."""
OptionalRetry = Annotated[KeylessRetry | None, Depends(keyless_retry_of)]
"""The keyless retry that the request is, or None."""

ThreadId = Annotated[str, Path(description="The id of a thread, or of a conversation.", examples=[_THREAD], **_ID)]
MessageId = Annotated[str, Path(description="The id of a message.", examples=[_ITEM], **_ID)]
ConversationId = Annotated[
    str, Path(description="The id of a conversation, or of a thread.", examples=[_CONVERSATION], **_ID)
]
ItemId = Annotated[str, Path(description="The id of an item.", examples=[_ITEM], **_ID)]

MessagePage = Annotated[ThreadMessagesQuery, Query()]
ItemPage = Annotated[ItemsQuery, Query()]
Included = Annotated[IncludeQuery, Query()]
