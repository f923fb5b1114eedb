"""Brings a database to the current schema: collections with their validators, views and indexes.

`differences` changes nothing: it returns a list of `Change`. Several processes may apply the same change, also several times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pymongo.errors import OperationFailure

from ..errors import StartupError
from ..log_events import log_events
from .validators import validator_of, version_in
from .views import VIEWS, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from beanie import Document
    from pymongo import IndexModel
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]
    Stored = dict[str, dict[str, Any]]
    """The options of each existing collection and view, by name."""

_log = log_events(__name__)

_NAMESPACE_EXISTS = 48
_UNAUTHORIZED = 13


class Change(Protocol):
    """One difference between the database and the schema. As a string it describes the change."""

    async def apply(self, database: Database) -> None:
        """Make the change. Does no harm if another process made it already."""


@dataclass(frozen=True, slots=True)
class Validator:
    """A collection is missing, or its validator is not the one of its document."""

    collection: str
    options: dict[str, Any]
    exists: bool

    def __str__(self) -> str:
        return f"{'change the validator of' if self.exists else 'create'} collection {self.collection}"

    async def apply(self, database: Database) -> None:
        """Create the collection, or change its validator."""
        if not self.exists and await _created(database, self.collection, **self.options):
            return
        await database.command("collMod", self.collection, **self.options)


@dataclass(frozen=True, slots=True)
class ChangedView:
    """A view is missing or has another pipeline."""

    view: View
    exists: bool

    def __str__(self) -> str:
        return f"{'change' if self.exists else 'create'} view {self.view.name}"

    async def apply(self, database: Database) -> None:
        """Create the view, or change it: in one step if the server can, else by dropping and creating it."""
        options = _view_options(self.view)
        if not self.exists and await _created(database, self.view.name, **options):
            return
        await database.command("collMod", self.view.name, **options)
        if (await _stored(database, self.view.name)).get(self.view.name) != options:
            # The embedded server (0.7) acknowledges `collMod` for a view but does nothing.
            await database.drop_collection(self.view.name)
            await _created(database, self.view.name, **options)


@dataclass(frozen=True, slots=True)
class MissingIndex:
    """An index is missing."""

    collection: str
    index: IndexModel

    @property
    def name(self) -> str:
        """`collection.index`."""
        return f"{self.collection}.{self.index.document['name']}"

    def __str__(self) -> str:
        return f"create index {self.name}"

    async def apply(self, database: Database) -> None:
        """Create the index. Reads and writes continue meanwhile."""
        await database[self.collection].create_indexes([self.index])


async def differences(
    database: Database, documents: Iterable[type[Document]], *, views: Iterable[View] = VIEWS, indexes: bool = True
) -> list[Change]:
    """The changes that the database needs, in the order in which they must be applied.

    Costs one round trip, and with `indexes` one more for each collection. A validator of a newer schema version is not
    changed, because a newer process wrote it.
    """
    stored = await _stored(database)
    documents = tuple(documents)
    changes: list[Change] = [*_validators(documents, stored)]
    if indexes:
        for document in documents:
            changes += await _missing_indexes(database, document)
    changes += [
        ChangedView(view, exists=view.name in stored)
        for view in views
        if stored.get(view.name, {}) != _view_options(view)
    ]
    return changes


async def prepare(database: Database, documents: Iterable[type[Document]]) -> None:
    """Create missing collections, validators and views. Costs one round trip if nothing is missing.

    If the database user may not make a change, it is logged as `schema_not_applied` and the service can still run.
    """
    for change in await differences(database, documents, indexes=False):
        try:
            await change.apply(database)
        except NotImplementedError:
            continue  # the in-memory database of `threadkeep.testing` has no views
        except OperationFailure as error:
            if error.code != _UNAUTHORIZED:
                raise
            _log.warning("schema_not_applied", change=str(change), remedy="threadkeep migrate")


def _validators(documents: Iterable[type[Document]], stored: Stored) -> Iterator[Validator]:
    for document in documents:
        name = collection_of(document)
        validator = validator_of(document)
        options = {"validator": validator, "validationLevel": "moderate", "validationAction": "error"}
        found = stored.get(name, {})
        newer = version_in(found.get("validator", {})) > version_in(validator)
        if not newer and any(found.get(option) != value for option, value in options.items()):
            yield Validator(name, options, exists=name in stored)


async def create_indexes(database: Database, documents: Iterable[type[Document]]) -> None:
    """Create missing indexes, with one round trip for each collection. Reads and writes continue meanwhile.

    The database user may lack the right to create indexes if all of them exist. If one is missing then, this raises
    `StartupError`: the order of messages and the uniqueness of keys depend on indexes.
    """
    for document in documents:
        if indexes := indexes_of(document):
            try:
                await database[collection_of(document)].create_indexes(list(indexes))
            except OperationFailure as error:
                if error.code != _UNAUTHORIZED:
                    raise
                await _require_indexes(database, document)


async def _require_indexes(database: Database, document: type[Document]) -> None:
    if missing := await _missing_indexes(database, document):
        names = ", ".join(index.name for index in missing)
        raise StartupError(
            f"The database lacks these indexes: {names}; and its user here may not create them: "
            "run `threadkeep migrate` as a user who may."
        )


async def _missing_indexes(database: Database, document: type[Document]) -> list[MissingIndex]:
    name = collection_of(document)
    existing = await database[name].index_information()  # empty if the collection does not exist
    return [
        MissingIndex(name, index)
        for index in indexes_of(document)
        if not _is_like(existing.get(index.document["name"], {}), index.document)
    ]


def _is_like(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the found index has the same keys and the same uniqueness as the wanted one."""
    same_key = [*found.get("key", ())] == [*wanted["key"].items()]
    return same_key and bool(found.get("unique")) == bool(wanted.get("unique"))


def collection_of(document: type[Document]) -> str:
    """The name of the collection of a document."""
    return str(document.Settings.name)


def indexes_of(document: type[Document]) -> tuple[IndexModel, ...]:
    """The indexes that a document declares, without the one on `_id`."""
    return tuple(getattr(document.Settings, "indexes", ()))


def _view_options(view: View) -> dict[str, Any]:
    return {"viewOn": view.source, "pipeline": view.pipeline}


async def _stored(database: Database, name: str | None = None) -> Stored:
    found = await database.list_collections(filter={"name": name} if name else {})
    return {collection["name"]: collection.get("options", {}) async for collection in found}


async def _created(database: Database, name: str, **options: Any) -> bool:
    """Create a collection or view. False if another process created it meanwhile."""
    try:
        await database.create_collection(name, check_exists=False, **options)
    except OperationFailure as error:
        if error.code != _NAMESPACE_EXISTS:
            raise
        return False
    return True
