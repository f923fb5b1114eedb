"""Annotated types of the parameters that several routes have."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query

from ...inputs import (
    LONGEST_ID,
    AuditQuery,
    ChunkQuery,
    ContextQuery,
    KeyQuery,
    MessageQuery,
    ThreadIdsQuery,
    ThreadQuery,
    UserQuery,
)
from ...services import Operations
from ..http import Expected, expected_of_message, expected_of_thread, operations_of

_ID = {"min_length": 1, "max_length": LONGEST_ID}

UserId = Annotated[str, Path(description="The id of a user.", examples=["user_8tYOlZFZ36TDirMUbGvJ9g"], **_ID)]
ThreadId = Annotated[str, Path(description="The id of a thread.", examples=["thread_Vg3trkDAYOJM7CSwOfN9TN"], **_ID)]
MessageId = Annotated[str, Path(description="The id of a message.", examples=["message_0Vbhcok2GDPEHsN1FyFNIu"], **_ID)]
KeyPrefix = Annotated[str, Path(description="The first characters of a key.", examples=["tk_YGoXUWsm"], **_ID)]

RequestOperations = Annotated[Operations, Depends(operations_of)]
"""The operations, with the rights of the request's key."""

MessagePage = Annotated[MessageQuery, Query()]
ContextWindow = Annotated[ContextQuery, Query()]
Chunks = Annotated[ChunkQuery, Query()]
ThreadPage = Annotated[ThreadQuery, Query()]
ThreadIds = Annotated[ThreadIdsQuery, Query()]
KeyFilter = Annotated[KeyQuery, Query()]
AuditPage = Annotated[AuditQuery, Query()]
UserPage = Annotated[UserQuery, Query()]

ExpectedThread = Annotated[Expected, Depends(expected_of_thread)]
ExpectedMessage = Annotated[Expected, Depends(expected_of_message)]
