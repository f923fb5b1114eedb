"""Pydantic schemas of records and pages: they work as response types of FastAPI and as fields of pydantic models.

A record or page of the class itself is taken as it is, unchecked. Anything else is checked against the annotated fields,
and becomes a record or page. Fields that no annotation names are kept.
"""

from __future__ import annotations

from inspect import getdoc
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from pydantic_core import core_schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema


def schema_of_record(cls: type[Any], handler: GetCoreSchemaHandler) -> CoreSchema:
    """The schema of a subclass of `Record`: an object with its annotated fields."""
    fields = {
        name: core_schema.typed_dict_field(handler.generate_schema(hint), required=name not in cls._optional)
        for name, hint in get_type_hints(cls).items()
    }
    shape = core_schema.typed_dict_schema(fields, cls=cls, extra_behavior="allow")
    return core_schema.no_info_wrap_validator_function(_instance_or(cls, cls), shape, ref=_reference(cls))


def schema_of_page(cls: type[Any], source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
    """The schema of `Page[entry]`: the object that `envelope()` returns. `source` is the type as it was written."""
    entry = (get_args(source) or (dict[str, Any],))[0]
    text_or_none = core_schema.nullable_schema(core_schema.str_schema())
    fields = {
        "object": core_schema.literal_schema(["list"]),
        "data": core_schema.list_schema(handler.generate_schema(entry)),
        "first_id": text_or_none,
        "last_id": text_or_none,
        "has_more": core_schema.bool_schema(),
        "next_cursor": text_or_none,
    }
    title = f"{cls.__name__}[{getattr(entry, '__name__', entry)}]"
    shape = core_schema.typed_dict_schema(
        {name: core_schema.typed_dict_field(field) for name, field in fields.items()},
        metadata={"pydantic_js_updates": {"title": title, "description": getdoc(cls)}},
    )

    def page_from(envelope: dict[str, Any]) -> Any:
        return cls(envelope["data"], has_more=envelope["has_more"], next_cursor=envelope["next_cursor"])

    return core_schema.no_info_wrap_validator_function(
        _instance_or(cls, page_from),
        shape,
        ref=f"{_reference(cls)}[{_reference(entry)}]",
        serialization=core_schema.plain_serializer_function_ser_schema(cls.envelope, return_schema=shape),
    )


def _instance_or(cls: type[Any], make: Callable[[Any], Any]) -> Callable[[Any, Callable[[Any], Any]], Any]:
    """A validator that takes an instance of `cls` as it is, and makes one of anything else that has the right fields."""
    return lambda value, check: value if isinstance(value, cls) else make(check(value))


def _reference(kind: Any) -> str:
    """A name for the definition of this type in the form of pydantic, which shortens it in the JSON schema."""
    return f"{kind.__module__}.{kind.__qualname__}:{id(kind)}"
