"""The values of channels. A checkpoint holds the values that changed, and names the checkpoints that hold the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .messages import is_message_list
from .recent import Recent
from .state_log import decoded, encoded, key_of, where_in

if TYPE_CHECKING:
    from langgraph.checkpoint.base import ChannelVersions
    from langgraph.checkpoint.serde.base import SerializerProtocol

    from ...records import MessageRecord
    from .conversation import Read
    from .graph_thread import GraphThread

Where = dict[str, list[Any]]
"""For each channel, its version and the key of the checkpoint that holds its value. No value means the key None."""

_CHECKPOINTS = 256
_LOOKED_THROUGH = 100
"""The number of checkpoints that are searched for a value if the parent does not know it. LangGraph names the parent."""


class Channels:
    """Finds, stores and reads the values of channels. Keeps in memory which checkpoints hold the recent values."""

    def __init__(self, serde: SerializerProtocol) -> None:
        self._serde = serde
        self._wheres = Recent[tuple[str, str], Where](_CHECKPOINTS)

    def remember(self, thread_id: str, key: str, where: Where) -> None:
        """Keep in memory which checkpoints hold the values of this one: the next checkpoint needs to know."""
        self._wheres.put((thread_id, key), where)

    def forget(self, thread_id: str) -> None:
        """Forget the checkpoints of a thread."""
        self._wheres.forget(lambda key: key[0] == thread_id)

    async def encoded(self, thread: GraphThread, value: Any) -> dict[str, Any]:
        """The stored form of a value. A list of messages is stored as messages of the conversation."""
        if is_message_list(value):
            return {"messages": await thread.conversation.numbers(value)}
        return {"value": encoded(self._serde, value)}

    async def unchanged(
        self, thread: GraphThread, namespace: str, parent: str | None, versions: ChannelVersions, new: ChannelVersions
    ) -> Where:
        """For each channel that did not change, its version and the checkpoint that holds its value."""
        unchanged = {channel: version for channel, version in versions.items() if channel not in new}
        if not unchanged:
            return {}
        known = await self._where_of(thread, namespace, parent)
        found = {channel: known[channel] for channel, version in unchanged.items() if _has(known, channel, version)}
        if len(found) < len(unchanged):
            for record in await thread.log.checkpoints(namespace, _LOOKED_THROUGH):
                there = where_in(record)
                for channel, version in unchanged.items():
                    if channel not in found and _has(there, channel, version):
                        found[channel] = there[channel]
        return found

    async def _where_of(self, thread: GraphThread, namespace: str, parent: str | None) -> Where:
        if parent is None:
            return {}
        key = key_of(namespace, parent)
        known = self._wheres.get((thread.id, key))
        if known is None:
            record = await thread.log.by_key(key)
            known = {} if record is None else where_in(record)
        return known

    async def values(
        self, thread: GraphThread, record: MessageRecord, known: dict[str, MessageRecord]
    ) -> dict[str, Any]:
        """The values of all channels of a checkpoint. `known` are checkpoints by their keys; those that are read are added."""
        where = where_in(record)
        self.remember(thread.id, record.client_id, where)
        values = {}
        conversation: Read | None = None
        for channel, (_, key) in where.items():
            if key is None:
                continue
            if key not in known:
                holder = await thread.log.by_key(key)
                if holder is None:
                    continue
                known[key] = holder
            kept = known[key].item["values"].get(channel)
            if kept is not None and "messages" in kept:
                if conversation is None:
                    conversation = await thread.conversation.read()
                values[channel] = thread.conversation.messages(kept["messages"], conversation)
            elif kept is not None:
                values[channel] = decoded(self._serde, kept["value"])
        return values


def _has(where: Where, channel: str, version: Any) -> bool:
    return channel in where and where[channel][0] == version
