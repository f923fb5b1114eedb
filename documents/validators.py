"""Makes the `$jsonSchema` validator of a collection from its Beanie document, so each field is declared once (decision 0010)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from .optional_key import OMITTED

if TYPE_CHECKING:
    from beanie import Document


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys that an object must have, with the types of their values."""

    types: dict[str, Any]


_BSON_TYPES: dict[Any, list[str]] = {
    str: ["string"],
    bool: ["bool"],
    int: ["int", "long"],
    float: ["double", "int", "long"],
    bytes: ["binData"],
    datetime: ["date"],
    dict: ["object"],
}


def validator_of(document: type[Document]) -> dict[str, Any]:
    """The validator of a document: it refuses wrong types, forbidden nulls, missing keys and unknown keys."""
    properties, required = {}, []
    for name, field in document.model_fields.items():
        if field.exclude:
            continue
        key = "_id" if name == "id" else name
        omitted = OMITTED in field.metadata
        schema = schema_of(_without_null(field.annotation) if omitted else field.annotation)
        for rule in field.metadata:
            schema |= _rule(rule)
        properties[key] = schema
        if not omitted:
            required.append(key)
    schema = {
        "title": title(document, schema_version(document)),
        "bsonType": "object",
        "required": required,
        "properties": properties,
        "additionalProperties": False,
    }
    return {"$jsonSchema": schema}


def _rule(rule: Any) -> dict[str, Any]:
    """The keywords of one rule of a field: its least and greatest number, or the keys of an object."""
    if isinstance(rule, Keys):
        keys = {name: schema_of(kind) for name, kind in rule.types.items()}
        return {"required": [*keys], "properties": keys}
    least, above = getattr(rule, "ge", None), getattr(rule, "lt", None)  # of `pydantic.Field`
    return ({} if least is None else {"minimum": least}) | ({} if above is None else {"maximum": above - 1})


def schema_of(annotation: Any) -> dict[str, Any]:
    """The schema of a value with this annotation."""
    members = _members(annotation)
    nullable = NoneType in members
    (kind,) = [member for member in members if member is not NoneType]
    origin = get_origin(kind) or kind
    if origin is Literal:
        return {"enum": [*get_args(kind), *([None] if nullable else [])]}
    null = ["null"] if nullable else []
    if origin is list:
        (item,) = get_args(kind)
        return {"bsonType": _one_or_many(["array", *null]), "items": schema_of(item)}
    return {"bsonType": _one_or_many([*_BSON_TYPES[origin], *null])}


def schema_version(document: type[Document]) -> int:
    """The schema version that a document class writes. 1 if its documents have no `schema_version`."""
    field = document.model_fields.get("schema_version")
    return 1 if field is None else field.default


def title(document: type[Document], version: int) -> str:
    """The title of a validator, with its version: an older process does not change the validator of a newer one."""
    return f"threadkeep {document.Settings.name}, schema version {version}"


def version_in(validator: dict[str, Any]) -> int:
    """The schema version in the title of a stored validator. 0 if Threadkeep did not write the validator."""
    found = str(validator.get("$jsonSchema", {}).get("title", ""))
    name, _, version = found.rpartition(" ")
    return int(version) if name.startswith("threadkeep ") and version.isdecimal() else 0


def _members(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, UnionType) else (annotation,)


def _without_null(annotation: Any) -> Any:
    (kind,) = [member for member in _members(annotation) if member is not NoneType]
    return kind


def _one_or_many(types: list[str]) -> str | list[str]:
    return types[0] if len(types) == 1 else types
