"""Brings a database to the current schema: collections with their validators, views and indexes.

`differences` changes nothing: it returns a list of `Change`. Several processes may apply the same change, also several times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from pymongo.errors import OperationFailure

from ..log_events import log_events
from .collections import collection_of, indexes_of
from .error_classification import code_of, meaning_of
from .error_codes import Meaning
from .indexes import compare_indexes
from .validators import validator_of, version_in
from .views import VIEWS, View

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from beanie import Document
    from pymongo.asynchronous.database import AsyncDatabase

    Database = AsyncDatabase[dict[str, Any]]
    Stored = dict[str, dict[str, Any]]
    """The options of each existing collection and view, by name."""

_log = log_events(__name__)

_NAMESPACE_EXISTS = 48
_NAMESPACE_NOT_FOUND = 26


class Change(Protocol):
    """One difference between the database and the schema. As a string it describes the change."""

    @property
    def collection(self) -> str:
        """The collection or view that changes."""

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

    @property
    def collection(self) -> str:
        """The name of the view."""
        return self.view.name

    def __str__(self) -> str:
        return f"{'change' if self.exists else 'create'} view {self.view.name}"

    async def apply(self, database: Database) -> None:
        """Create the view, or change it: in one step if the server can, else by dropping and creating it."""
        options = _view_options(self.view)
        if not self.exists and await _created(database, self.view.name, **options):
            return
        try:
            await database.command("collMod", self.view.name, **options)
        except OperationFailure as error:
            if error.code != _NAMESPACE_NOT_FOUND:  # another process is replacing it, as below
                raise
        if (await _stored(database, self.view.name)).get(self.view.name) != options:
            # The embedded server (0.7) acknowledges `collMod` for a view but does nothing.
            await database.drop_collection(self.view.name)
            await _created(database, self.view.name, **options)


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
        for document in filter(indexes_of, documents):
            changes += (await compare_indexes(database, document)).missing
    changes += [
        ChangedView(view, exists=view.name in stored)
        for view in views
        if stored.get(view.name, {}) != _view_options(view)
    ]
    return changes


async def prepare(database: Database, documents: Iterable[type[Document]]) -> set[str]:
    """Create missing collections and views, and bring validators up to date. Returns the names of the new collections.

    Costs one round trip if nothing is missing. A view of another version is not changed, because processes of several
    versions may start at the same time. A change that the database refuses is logged, and the service can still run.
    """
    created: set[str] = set()
    for change in await differences(database, documents, indexes=False):
        if isinstance(change, ChangedView) and change.exists:
            _log.warning("schema_not_applied", change=str(change), remedy="threadkeep migrate")
            continue
        try:
            await change.apply(database)
        except NotImplementedError:
            continue  # the in-memory database of `threadkeep.testing` has no views
        except OperationFailure as error:
            if not await _go_on_without(change, database, error):
                continue
        if isinstance(change, Validator) and not change.exists:
            created.add(change.collection)
    return created


async def _go_on_without(change: Change, database: Database, error: OperationFailure) -> bool:
    """Log that the database refuses the change. Returns whether its collection exists now, without the validator.

    Raises `error` if it is temporary.
    """
    meaning = meaning_of(error)
    if meaning is Meaning.UNAUTHORIZED:
        _log.warning("schema_not_applied", change=str(change), remedy="threadkeep migrate")
        return False
    if meaning not in (Meaning.UNSUPPORTED, Meaning.REFUSED):
        raise error
    _log.warning("part_not_supported", change=str(change), code=code_of(error))
    if not isinstance(change, Validator) or change.exists:
        return False
    await _created(database, change.collection)
    return True


def _validators(documents: Iterable[type[Document]], stored: Stored) -> Iterator[Validator]:
    for document in documents:
        name = collection_of(document)
        validator = validator_of(document)
        options = {"validator": validator, "validationLevel": "moderate", "validationAction": "error"}
        found = stored.get(name, {})
        newer = version_in(found.get("validator", {})) > version_in(validator)
        if not newer and any(found.get(option) != value for option, value in options.items()):
            yield Validator(name, options, exists=name in stored)


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
