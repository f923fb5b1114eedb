"""Checkpoints in log threads, with the messages of their state in conversations."""

from __future__ import annotations

import secrets
from functools import partial
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.base import CheckpointTuple, get_checkpoint_metadata, writes_sort_key

from .channels import Channels
from .graph_thread import GraphThread
from .pruning import delete_checkpoints, delta_ancestors
from .recent import Recent
from .state_log import LOG, WRITES, decoded, encoded, key_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
    from langgraph.checkpoint.serde.base import SerializerProtocol

    from ...records import MessageRecord
    from ..stores import Store

_THREADS = 256


class Checkpoints:
    """Reads and writes checkpoints. Every method takes the ids of LangGraph."""

    def __init__(self, store: Store, serde: SerializerProtocol, user_id: str | None) -> None:
        self._store = store
        self._serde = serde
        self._user_id = user_id
        self.mark = secrets.token_hex(4)
        self._threads = Recent[str, GraphThread](_THREADS)
        self._channels = Channels(serde)

    async def put(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata, versions: ChannelVersions
    ) -> RunnableConfig:
        """Store a checkpoint: first its new messages, then the checkpoint that refers to them."""
        named = config["configurable"]
        thread, namespace = self._thread(str(named["thread_id"])), named.get("checkpoint_ns", "")
        parent = named.get("checkpoint_id")
        values = checkpoint["channel_values"]
        kept = {
            channel: await self._channels.encoded(thread, values[channel]) if channel in values else None
            for channel in versions
        }
        key = key_of(namespace, checkpoint["id"])
        where = await self._channels.unchanged(thread, namespace, parent, checkpoint["channel_versions"], versions)
        where |= {channel: [versions[channel], None if value is None else key] for channel, value in kept.items()}
        rest = {name: value for name, value in checkpoint.items() if name != "channel_values"}
        described = get_checkpoint_metadata(config, metadata)
        fields = {
            "parent": parent,
            "checkpoint": encoded(self._serde, rest),
            "metadata": encoded(self._serde, described),
            "run": described.get("run_id"),
            "values": kept,
            "where": where,
        }
        await thread.log.put(namespace, checkpoint["id"], fields)
        self._channels.remember(thread.id, key, where)
        return _config(thread.id, namespace, checkpoint["id"])

    async def put_writes(
        self,
        thread_id: str,
        namespace: str,
        checkpoint_id: str,
        writes: Sequence[tuple[int, str, Any]],
        *,
        task_id: str,
        task_path: str,
    ) -> None:
        """Store writes of one task: index, channel and value of each."""
        kept = [[index, channel, encoded(self._serde, value)] for index, channel, value in writes]
        fields = {"task": task_id, "path": task_path, "writes": kept}
        await self._thread(thread_id).log.put_writes(namespace, checkpoint_id, fields)

    async def get(self, thread_id: str, namespace: str, checkpoint_id: str | None) -> CheckpointTuple | None:
        """One checkpoint, or the newest one."""
        thread = self._thread(thread_id)
        if checkpoint_id is None:
            newest = await thread.log.newest(namespace)
            if newest is None:
                if not thread.log.thread.is_found:  # the thread was deleted, perhaps by another program
                    self._forget(thread_id)
                return None
            checkpoint_id = newest.item["id"]
        key = key_of(namespace, checkpoint_id)
        found = await thread.log.with_writes(key)
        record = next((one for one in found if one.type != WRITES), None)
        if record is None:
            return None
        return await self._tuple(thread, record, [one for one in found if one.type == WRITES], {key: record})

    async def listed(
        self,
        thread_id: str | None,
        namespace: str | None,
        checkpoint_id: str | None,
        *,
        metadata: dict[str, Any] | None,
        before: str | None,
        limit: int | None,
    ) -> list[CheckpointTuple]:
        """The checkpoints that match, the newest first."""
        threads = await self._all_threads() if thread_id is None else [self._thread(thread_id)]
        found: list[CheckpointTuple] = []
        for thread in threads:
            records = await thread.log.checkpoints(namespace)
            known = {record.client_id: record for record in records}
            for record in sorted(records, key=lambda one: str(one.item["id"]), reverse=True):
                if limit is not None and len(found) >= limit:
                    return found
                item = record.item
                if (checkpoint_id and item["id"] != checkpoint_id) or (before and item["id"] >= before):
                    continue
                described = decoded(self._serde, item["metadata"])
                if metadata and any(described.get(name) != value for name, value in metadata.items()):
                    continue
                writes = [one for one in await thread.log.with_writes(record.client_id) if one.type == WRITES]
                found.append(await self._tuple(thread, record, writes, known))
        return found

    async def delete_thread(self, thread_id: str) -> None:
        """Delete the log and the conversation."""
        thread = self._thread(thread_id)
        await thread.log.thread.delete()
        await thread.conversation.thread.delete()
        self._forget(thread_id)

    async def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints of runs, in all threads."""
        runs = {*run_ids}
        for thread in await self._all_threads() if runs else []:
            records = await thread.log.checkpoints(None)
            doomed = [record for record in records if record.item["run"] in runs]
            await delete_checkpoints(thread.log, records, doomed)
            self._forget(thread.id)

    async def prune(self, thread_ids: Sequence[str], strategy: str) -> None:
        """Delete the checkpoints of threads, or all but the newest of each namespace."""
        if strategy not in ("keep_latest", "delete"):
            raise ValueError(f"strategy: {strategy!r} is neither 'keep_latest' nor 'delete'")
        for thread_id in thread_ids:
            thread = self._thread(thread_id)
            if strategy == "delete":
                await thread.log.thread.delete()
                self._forget(thread_id)
                continue
            records = await thread.log.checkpoints(None)
            newest: dict[str, MessageRecord] = {}
            for record in sorted(records, key=lambda one: str(one.item["id"])):
                newest[record.item["ns"]] = record
            kept = {record.client_id for record in newest.values()} | delta_ancestors(self._serde, records, newest)
            await delete_checkpoints(
                thread.log, records, [record for record in records if record.client_id not in kept]
            )
            self._forget(thread_id)

    async def copy(self, source_id: str, target_id: str) -> None:
        """Copy the checkpoints of a thread with their writes, the oldest first."""
        source = self._thread(source_id)
        records = (await source.log.checkpoints(None))[::-1]
        known = {record.client_id: record for record in records}
        for record in records:
            writes = [one for one in await source.log.with_writes(record.client_id) if one.type == WRITES]
            found = await self._tuple(source, record, [], known)
            namespace, parent = record.item["ns"], record.item["parent"]
            config = _config(target_id, namespace, parent)
            versions = found.checkpoint["channel_versions"]
            new = {channel: versions[channel] for channel in record.item["values"] if channel in versions}
            await self.put(config, found.checkpoint, found.metadata, new)
            for one in writes:
                await self._thread(target_id).log.put_writes(namespace, record.item["id"], one.item)

    async def messages(self, thread_id: str) -> list[BaseMessage]:
        """The conversation of a thread."""
        return await self._thread(thread_id).conversation.all_messages()

    def _thread(self, thread_id: str) -> GraphThread:
        make = partial(GraphThread, self._store, self._serde, thread_id, self._user_id)
        return self._threads.get_or_make(thread_id, make)

    async def _all_threads(self) -> list[GraphThread]:
        found, after = [], None
        while True:
            page = await self._store.thread_service.find_threads(meta_data=LOG, sort="created", limit=100, after=after)
            found += [self._thread(record.meta_data["thread_id"]) for record in page]
            if not page.has_more:
                return found
            after = page.next_cursor

    def _forget(self, thread_id: str) -> None:
        self._threads.forget(lambda key: key == thread_id)
        self._channels.forget(thread_id)

    async def _tuple(
        self, thread: GraphThread, record: MessageRecord, writes: list[MessageRecord], known: dict[str, MessageRecord]
    ) -> CheckpointTuple:
        item = record.item
        checkpoint = decoded(self._serde, item["checkpoint"])
        values = await self._channels.values(thread, record, known)
        namespace, parent = item["ns"], item["parent"]
        return CheckpointTuple(
            _config(thread.id, namespace, item["id"]),
            checkpoint | {"channel_values": values},
            decoded(self._serde, item["metadata"]),
            None if parent is None else _config(thread.id, namespace, parent),
            self._pending(writes),
        )

    def _pending(self, records: list[MessageRecord]) -> list[tuple[str, str, Any]]:
        found: dict[tuple[str, int], tuple[str, str, list[str]]] = {}
        for record in records:
            task, path = record.item["task"], record.item["path"]
            for index, channel, value in record.item["writes"]:
                if index < 0 or (task, index) not in found:
                    found[task, index] = (path, channel, value)
        ordered = sorted(found, key=lambda one: writes_sort_key(found[one][0], *one))
        return [(one[0], found[one][1], decoded(self._serde, found[one][2])) for one in ordered]


def _config(thread_id: str, namespace: str, checkpoint_id: str | None) -> RunnableConfig:
    named: dict[str, Any] = {"thread_id": thread_id, "checkpoint_ns": namespace}
    if checkpoint_id is not None:
        named["checkpoint_id"] = checkpoint_id
    return {"configurable": named}
