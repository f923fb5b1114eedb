"""The collections in which frameworks and LibreChat keep their conversations. They are only read."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

from bson import json_util
from bson.codec_options import CodecOptions, DatetimeConversion
from pymongo import MongoClient
from pymongo.errors import ConfigurationError, InvalidURI, PyMongoError

from ....errors import InvalidInput, Unavailable
from ....mongodb_url import hosts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pymongo.collection import Collection

    from .members import Member

_TIMEOUT_MS = 10_000
_OURS = frozenset({"threads", "messages", "leases", "idempotency_keys"})
"""A database with these collections is one of Threadkeep."""
_BATCH = 200
_TOLERANT: CodecOptions[dict[str, Any]] = CodecOptions(
    unicode_decode_error_handler="replace", datetime_conversion=DatetimeConversion.DATETIME_AUTO
)
_EXTENDED_JSON = json_util.JSONOptions(json_mode=json_util.JSONMode.RELAXED, datetime_representation=2)


@contextmanager
def opened_collections(url: str, database: str, names: Sequence[str] = ()) -> Iterator[list[Member]]:
    """Yield the collections of a database, or those with these names, each as a file of Extended JSON. Closes the client.

    Raises `InvalidInput` if a collection does not exist, or if the database is one of Threadkeep, as the target is. Raises
    `Unavailable` if the server does not answer.
    """
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(
            url, appname="threadkeep import", document_class=dict, **_timeout_for(url)
        )
    except (ConfigurationError, InvalidURI, ValueError) as error:
        raise InvalidInput.at("mongodb_url", f"is no URL of MongoDB: {error}") from error
    with client:
        try:
            found = client.get_database(database).list_collection_names()
        except PyMongoError as error:
            raise _away(url, error) from error
        if found and {*found} >= _OURS:
            rule = "is a database of Threadkeep: an import reads those of other programs. Use `threadkeep export` there"
            raise InvalidInput.at("source_database", rule)
        chosen = [*names] or sorted(name for name in found if not name.startswith("system."))
        if missing := [name for name in chosen if name not in found]:
            raise InvalidInput.at("collection", f"{missing[0]} does not exist in database {database}")
        if not chosen:
            raise InvalidInput.at("source_database", f"{database} has no collections")
        codec = client.get_database(database).with_options(codec_options=_TOLERANT)
        yield [CollectionMember(codec[name], url, alone=bool(names)) for name in chosen]


class CollectionMember:
    """A collection as a file of JSON Lines, in the order of the ids."""

    def __init__(self, collection: Collection[dict[str, Any]], url: str, *, alone: bool) -> None:
        self.name = collection.name
        self.alone = alone
        self._collection = collection
        self._url = url

    def first(self, size: int) -> bytes:
        """The first bytes. Few documents are read for them."""
        with self._reader(20) as file:
            return file.read(size)

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Read the collection, from its first document on."""
        with self._reader(0) as file:
            yield file

    @contextmanager
    def _reader(self, limit: int) -> Iterator[IO[bytes]]:
        found = self._collection.find({}, sort=[("_id", 1)], batch_size=_BATCH, limit=limit)
        with found, io.BufferedReader(_Lines(self._lines(found)), 1024 * 1024) as file:
            yield file

    def _lines(self, documents: Any) -> Iterator[bytes]:
        try:
            for document in documents:
                yield f"{json_util.dumps(document, json_options=_EXTENDED_JSON)}\n".encode("utf-8", "replace")
        except PyMongoError as error:
            raise _away(self._url, error) from error


class _Lines(io.RawIOBase):
    """Lines as the bytes of a file."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines = lines
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._lines, b"")
        data = self._rest[: len(buffer)]
        self._rest = self._rest[len(data) :]
        buffer[: len(data)] = data
        return len(data)


def _timeout_for(url: str) -> dict[str, Any]:
    """The time in which a server must be found, unless the URL says it."""
    return {} if "serverselectiontimeoutms" in url.lower() else {"serverSelectionTimeoutMS": _TIMEOUT_MS}


def _away(url: str, error: PyMongoError) -> Unavailable:
    """The error of a source that cannot be read. It names the hosts, and neither user nor password."""
    reason = str(error).partition(", Timeout:")[0][:200]
    return Unavailable(f"The source database at {', '.join(hosts_of(url))} cannot be read: {reason}.")
