"""Binds the documents to one database, and leaves the classes `User`, `Thread` … unbound.

Beanie binds a document *class* to a database. So each `Documents` binds subclasses of its own. Several Threadkeeps in one
process, and the host application's own documents, do not disturb each other (decision 0007).
"""

from __future__ import annotations

import warnings
from copy import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from beanie.odm.utils.init import Initializer
from pydantic import ConfigDict

from .api_key import ApiKey
from .audit_entry import AuditEntry
from .capabilities import sorts_by_index
from .codec import TOLERANT
from .collections import collection_of, indexes_of
from .daily_messages import DailyMessages
from .daily_threads import DailyThreads
from .daily_users import DailyUsers
from .deleted_message import DeletedMessage, DeletedMessageRow
from .deleted_thread import DeletedThread
from .draft import Draft
from .external_id import ExternalId
from .fast_reads import FastReads
from .idempotency_key import IdempotencyKey
from .import_job import ImportChunk, ImportJob
from .indexes import create_missing_indexes
from .joined_reads import JoinedReads
from .lease import Lease
from .message import Message, MessageRow
from .migration_position import MigrationPosition
from .rollup import Rollup
from .schema import prepare
from .thread import Thread, ThreadRow
from .user import User

if TYPE_CHECKING:
    from collections.abc import Iterable

    from beanie import Document
    from pymongo.asynchronous.collection import AsyncCollection
    from pymongo.asynchronous.database import AsyncDatabase

TEMPLATES: tuple[type[Document], ...] = (
    User,
    Thread,
    Message,
    DeletedMessage,
    DeletedThread,
    Draft,
    ExternalId,
    ApiKey,
    AuditEntry,
    IdempotencyKey,
    Lease,
    ImportJob,
    ImportChunk,
    DailyMessages,
    DailyUsers,
    DailyThreads,
    Rollup,
    MigrationPosition,
)
_INDEX_FIELDS: dict[str, frozenset[str]] = {"_id_": frozenset({"_id"})} | {
    index.document["name"]: frozenset(index.document["key"]) for template in TEMPLATES for index in indexes_of(template)
}
_BOUND = (User, ApiKey, DeletedThread, Draft, IdempotencyKey, Lease)
"""The documents that services use as Beanie classes. Of the others, services read and write the collection directly."""


def fields_of_index(name: str) -> frozenset[str]:
    """The fields of the declared index with this name. Empty if no index has this name."""
    return _INDEX_FIELDS.get(name, frozenset())


class _Initializer(Initializer):
    """Beanie's initializer. It skips the unbound templates, and creates no indexes: `create_indexes` does."""

    def __init__(self, database: AsyncDatabase[dict[str, Any]], documents: Iterable[type[Document]]) -> None:
        super().__init__(database=database, document_models=list(documents), skip_indexes=True)
        self.inited_classes.extend(TEMPLATES)


@dataclass(frozen=True, slots=True)
class Documents:
    """The documents of one database: Beanie classes, and plain collections for the frequent reads and writes."""

    database: AsyncDatabase[dict[str, Any]]
    admin: AsyncDatabase[dict[str, Any]]
    """The database `admin`, which takes the commands for several collections."""
    users: type[User]
    api_keys: type[ApiKey]
    audit_log: AsyncCollection[Any]
    external_ids: AsyncCollection[Any]
    import_jobs: AsyncCollection[Any]
    import_chunks: AsyncCollection[Any]
    threads: AsyncCollection[ThreadRow]
    messages: AsyncCollection[MessageRow]
    thread_writes: AsyncCollection[ThreadRow]
    """`threads` without `EXACT`, for writes only: with `EXACT`, the driver needs 18 µs more to decode each reply."""
    message_writes: AsyncCollection[MessageRow]
    """`messages` without `EXACT`, for writes only."""
    fast_users: FastReads[Any]
    fast_threads: FastReads[ThreadRow]
    living_threads: JoinedReads
    """The threads that are not deleted, by id."""
    fast_messages: FastReads[MessageRow]
    deleted_messages: AsyncCollection[DeletedMessageRow]
    deleted_threads: type[DeletedThread]
    drafts: type[Draft]
    idempotency_keys: type[IdempotencyKey]
    leases: type[Lease]
    has_time_limit: bool
    """Whether the client sends a time limit with each command (`timeoutMS`)."""
    sorts_by_index: bool
    """Whether the server reads a sorted list from an index. The embedded server reads and sorts all rows of a range."""

    @classmethod
    async def bind(cls, database: AsyncDatabase[dict[str, Any]]) -> Self:
        """Bind to `database`. Create missing collections, validators and views first, and the indexes of empty collections.

        Several processes may do this at the same time. Raises `StartupError` if an index is missing that this must not
        build, and `Unavailable` while another process builds one.
        """
        created = await prepare(database, TEMPLATES)
        await create_missing_indexes(database, TEMPLATES, new=created)
        bound = {template: _subclass(template) for template in _BOUND}
        await _Initializer(database, bound.values())
        threads: FastReads[ThreadRow] = FastReads(database, collection_of(Thread))
        return cls(
            database=database,
            admin=database.client.admin,
            users=bound[User],
            api_keys=bound[ApiKey],
            audit_log=_rows(database, AuditEntry),
            external_ids=_rows(database, ExternalId),
            import_jobs=_rows(database, ImportJob),
            import_chunks=_rows(database, ImportChunk),
            threads=_rows(database, Thread),
            messages=_rows(database, Message),
            thread_writes=_rows(database.with_options(TOLERANT), Thread),
            message_writes=_rows(database.with_options(TOLERANT), Message),
            fast_users=FastReads(database, collection_of(User)),
            fast_threads=threads,
            living_threads=JoinedReads(threads),
            fast_messages=FastReads(database, collection_of(Message)),
            deleted_messages=_rows(database, DeletedMessage),
            deleted_threads=bound[DeletedThread],
            drafts=bound[Draft],
            idempotency_keys=bound[IdempotencyKey],
            leases=bound[Lease],
            has_time_limit=database.client.options.timeout is not None,
            sorts_by_index=await sorts_by_index(database),
        )

    async def indexes(self) -> list[str]:
        """The names of the indexes that the server has for these documents, each as `collection.index`."""
        names: list[str] = []
        for template in TEMPLATES:
            collection = collection_of(template)
            names += [f"{collection}.{name}" for name in await self.database[collection].index_information()]
        return names


def _rows(database: AsyncDatabase[dict[str, Any]], template: type[Document]) -> AsyncCollection[Any]:
    return database[collection_of(template)]


def _subclass(template: type[Document]) -> type[Document]:
    config = ConfigDict(defer_build=True)  # pydantic builds the validators at their first use, not at startup
    members = {"__module__": template.__module__, "__doc__": template.__doc__, "model_config": config}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Field name .* shadows an attribute in parent", UserWarning)
        return type(template.__name__, (template,), members | _restored_fields(template))


def _restored_fields(template: type[Document]) -> dict[str, Any]:
    """The fields that Beanie replaced by its query expressions, if the host application has bound the template itself."""
    hidden = {name: field for name, field in template.model_fields.items() if name in vars(template)}
    annotations = {name: field.rebuild_annotation() for name, field in hidden.items()}
    return {"__annotations__": annotations, **{name: copy(field) for name, field in hidden.items()}}
