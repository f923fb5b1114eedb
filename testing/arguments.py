"""Turns the arguments of PyMongo's methods into arguments of the engine: binds, checks and encodes them."""

import functools
import inspect
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TypeVar, cast

from bson import ObjectId
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import IndexModel
from pymongo.common import validate_is_document_type

from .codec import stored

Method = TypeVar("Method", bound=Callable[..., Any])

_IGNORED = frozenset({"comment", "bypass_document_validation", "maxTimeMS", "max_time_ms", "encrypted_fields"})
_UNSUPPORTED = frozenset({"array_filters", "collation", "let"})
_WITHOUT_SORT = frozenset({"update_one", "replace_one"})


def like(original: Method) -> Callable[[Callable[..., Any]], Method]:
    """A decorator that gives a method the signature of PyMongo's method.

    Wrong arguments raise `TypeError` as in PyMongo. The decorated method receives its arguments as one mapping, by name.
    """
    signature = inspect.signature(original)

    def decorate(implementation: Callable[..., Any]) -> Method:
        @functools.wraps(original)
        async def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            given = dict(signature.bind(self, *args, **kwargs).arguments)
            del given["self"]
            return await implementation(self, given | given.pop("kwargs", {}))

        return cast("Method", method)

    return decorate


def encoded(mock: Any, options: CodecOptions[Any], name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments as a server would receive them, without arguments that have no effect in memory.

    Raises `NotImplementedError` for arguments that mongomock does not support.
    """
    known = {option: value for option, value in given.items() if value is not None and option not in _IGNORED}
    unsupported = _UNSUPPORTED & known.keys() or ({"sort"} & known.keys() if name in _WITHOUT_SORT else set())
    if unsupported:
        raise NotImplementedError(f"mongomock has no {', '.join(sorted(unsupported))} for {name}")
    mock.check_hint(known.pop("hint", None))
    if isinstance(known.get("index_or_name"), list):
        known["index_or_name"] = IndexModel(known["index_or_name"]).document["name"]
    if "sort" in known:
        known["sort"] = keys(known["sort"])
    if "projection" in known and not isinstance(known["projection"], Mapping):
        known["projection"] = dict.fromkeys(known["projection"], 1)
    return stored(known, options)


def identified(document: Any) -> Any:
    """Return the same document. Adds a missing `_id` to the caller's own object, as PyMongo does."""
    validate_is_document_type("document", document)
    if isinstance(document, MutableMapping) and "_id" not in document and not isinstance(document, RawBSONDocument):
        document["_id"] = ObjectId()
    return document


def keys(key_or_list: Any) -> dict[str, Any]:
    """Return a sort or index specification, in any form that PyMongo accepts, as a document."""
    document: dict[str, Any] = IndexModel(key_or_list).document["key"]
    return dict(document)
