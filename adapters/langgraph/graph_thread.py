"""The two threads of one LangGraph thread: the log of its checkpoints, and the conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..threads import SessionThread, external_id_of
from .conversation import GraphMessages
from .state_log import StateLog, log_thread

if TYPE_CHECKING:
    from langgraph.checkpoint.serde.base import SerializerProtocol

    from ..stores import Store


class GraphThread:
    """The two threads of one LangGraph thread."""

    def __init__(self, store: Store, serde: SerializerProtocol, thread_id: str, user_id: str | None) -> None:
        self.id = thread_id
        conversation = SessionThread(store, external_id_of(thread_id), user_id=user_id)
        self.log = StateLog(store, log_thread(store, thread_id, user_id, conversation))
        self.conversation = GraphMessages(conversation, serde)
