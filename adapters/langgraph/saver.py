"""The checkpointer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

from langgraph.checkpoint.base import WRITES_IDX_MAP, BaseCheckpointSaver, get_checkpoint_id

from ..outcomes import outcome_of
from .blocking import BlockingStore, finished
from .checkpoints import Checkpoints

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence

    from langchain_core.messages import BaseMessage
    from langchain_core.runnables import RunnableConfig
    from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
    from langgraph.checkpoint.serde.base import SerializerProtocol

    from ...client import Client
    from ..stores import Store

T = TypeVar("T")
_NO_LOOP = (
    "The synchronous methods of this saver need an event loop that runs in another thread. "
    "Use the asynchronous methods, or pass a blocking `threadkeep.Client`."
)


class ThreadkeepSaver(BaseCheckpointSaver[str]):
    """Checkpoints of LangGraph in Threadkeep.

    The messages in the state of a thread stand in a thread of their own, whose external id is the `thread_id` of the graph.
    People and other frameworks read this conversation. The checkpoints stand in a log thread beside it, which only refers
    to the messages. Both threads have the participant `user_id`, so the erasure of a user finds them.

    `store` is a `Threadkeep` or an `AsyncClient` for graphs that are awaited, and a `Client` for other graphs.
    """

    def __init__(
        self, store: Store | Client, *, user_id: str | None = None, serde: SerializerProtocol | None = None
    ) -> None:
        """With a `Threadkeep` or an `AsyncClient`, create the saver on the event loop of the store."""
        super().__init__(serde=serde)
        self._is_blocking = not asyncio.iscoroutinefunction(store.thread_service.get_thread)
        self._loop = None
        if self._is_blocking:
            opened = BlockingStore(store).as_store()  # type: ignore[arg-type]  # only `Client` is blocking
        else:
            opened = store  # type: ignore[assignment]
            try:
                self._loop = asyncio.get_running_loop()
            except RuntimeError:
                self._loop = None
        self._checkpoints = Checkpoints(opened, self.serde, user_id)

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that the config names, or the newest one of its namespace. None if there is none."""
        thread_id, namespace = _place(config)
        return await self._awaited(self._checkpoints.get(thread_id, namespace, get_checkpoint_id(config)))

    async def alist(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the name of the parameter
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[CheckpointTuple]:
        """The checkpoints of a thread, the newest first. Without a config, those of all threads of LangGraph."""
        for found in await self._awaited(self._listed(config, filter, before, limit)):
            yield found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint. It is durable when this returns, and a cancelled caller waits for the outcome."""
        return await self._awaited(self._checkpoints.put(config, checkpoint, metadata, new_versions))

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store the writes of a task. The first write of each index counts; special writes replace earlier ones."""
        await self._awaited(self._put_writes(config, writes, task_id, task_path))

    async def adelete_thread(self, thread_id: str) -> None:
        """Delete the checkpoints of a thread, and its conversation."""
        await self._awaited(self._checkpoints.delete_thread(thread_id))

    async def adelete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Delete the checkpoints whose metadata has one of these run ids, in all threads."""
        await self._awaited(self._checkpoints.delete_for_runs(run_ids))

    async def acopy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Copy all checkpoints, writes and messages of a thread to another one."""
        await self._awaited(self._checkpoints.copy(source_thread_id, target_thread_id))

    async def aprune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Delete all checkpoints ("delete"), or all but the newest of each namespace ("keep_latest").

        Ancestors whose writes a `DeltaChannel` needs are kept.
        """
        await self._awaited(self._checkpoints.prune(thread_ids, strategy))

    async def amessages(self, thread_id: str) -> list[BaseMessage]:
        """The conversation of a thread as messages of LangChain, whichever framework wrote it."""
        return await self._awaited(self._checkpoints.messages(thread_id))

    def get_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """Do what `aget_tuple` does, and block."""
        thread_id, namespace = _place(config)
        return self._blocked(self._checkpoints.get(thread_id, namespace, get_checkpoint_id(config)))

    def list(
        self,
        config: RunnableConfig | None,
        *,
        filter: dict[str, Any] | None = None,  # noqa: A002 - the name of the parameter
        before: RunnableConfig | None = None,
        limit: int | None = None,
    ) -> Iterator[CheckpointTuple]:
        """Do what `alist` does, and block."""
        yield from self._blocked(self._listed(config, filter, before, limit))

    def put(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Do what `aput` does, and block."""
        return self._blocked(self._checkpoints.put(config, checkpoint, metadata, new_versions))

    def put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Do what `aput_writes` does, and block."""
        self._blocked(self._put_writes(config, writes, task_id, task_path))

    def delete_thread(self, thread_id: str) -> None:
        """Do what `adelete_thread` does, and block."""
        self._blocked(self._checkpoints.delete_thread(thread_id))

    def delete_for_runs(self, run_ids: Sequence[str]) -> None:
        """Do what `adelete_for_runs` does, and block."""
        self._blocked(self._checkpoints.delete_for_runs(run_ids))

    def copy_thread(self, source_thread_id: str, target_thread_id: str) -> None:
        """Do what `acopy_thread` does, and block."""
        self._blocked(self._checkpoints.copy(source_thread_id, target_thread_id))

    def prune(self, thread_ids: Sequence[str], *, strategy: str = "keep_latest") -> None:
        """Do what `aprune` does, and block."""
        self._blocked(self._checkpoints.prune(thread_ids, strategy))

    def messages(self, thread_id: str) -> Sequence[BaseMessage]:
        """Do what `amessages` does, and block."""
        return self._blocked(self._checkpoints.messages(thread_id))

    def get_next_version(self, current: str | None, channel: None) -> str:  # noqa: ARG002 - the signature of LangGraph
        """The next version of a channel: a number that sorts as text. Versions of two processes differ even at equal numbers."""
        number = 0 if current is None else int(str(current).split(".", maxsplit=1)[0])
        return f"{number + 1:032}.{self._checkpoints.mark}"

    async def _listed(
        self,
        config: RunnableConfig | None,
        metadata: dict[str, Any] | None,
        before: RunnableConfig | None,
        limit: int | None,
    ) -> Sequence[CheckpointTuple]:
        named = None if config is None else config["configurable"]
        return await self._checkpoints.listed(
            None if named is None else str(named["thread_id"]),
            None if named is None else named.get("checkpoint_ns"),
            None if config is None else get_checkpoint_id(config),
            metadata=metadata,
            before=None if before is None else get_checkpoint_id(before),
            limit=limit,
        )

    async def _put_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str
    ) -> None:
        thread_id, namespace = _place(config)
        numbered = [
            (WRITES_IDX_MAP.get(channel, index), channel, value) for index, (channel, value) in enumerate(writes)
        ]
        checkpoint_id = config["configurable"]["checkpoint_id"]
        await self._checkpoints.put_writes(
            thread_id, namespace, checkpoint_id, numbered, task_id=task_id, task_path=task_path
        )

    async def _awaited(self, work: Coroutine[Any, Any, T]) -> T:
        if self._is_blocking:
            return await asyncio.to_thread(finished, work)
        return await outcome_of(work)

    def _blocked(self, work: Coroutine[Any, Any, T]) -> T:
        if self._is_blocking:
            return finished(work)
        if self._loop is None or not self._loop.is_running() or _is_on(self._loop):
            work.close()
            raise RuntimeError(_NO_LOOP)
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _place(config: RunnableConfig) -> tuple[str, str]:
    named = config["configurable"]
    return str(named["thread_id"]), named.get("checkpoint_ns", "")


def _is_on(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the caller runs on this event loop, so that waiting for it would never end."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False
