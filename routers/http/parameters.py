"""Readers of the parameters of endpoints. A route makes one reader for each parameter when it is declared."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import Request

from ...errors import InvalidInput
from ...inputs import kinds_of
from ...services import input_error
from .app_state import settings_of
from .body import is_empty, parse
from .headers import header, require_json

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from fastapi import params
    from starlette.types import Scope

_MAX_HEADER_LENGTH = 1024


def annotations_of(endpoint: Callable[..., Any]) -> dict[str, Any]:
    """The annotation of each parameter of an endpoint."""
    hints = get_type_hints(endpoint, include_extras=True)
    return {name: hints.get(name) for name in inspect.signature(endpoint).parameters}


def dependency(path: str, mark: params.Depends) -> Callable[[Request], Any]:
    """A reader that calls a plain function of the request. Raises `TypeError` for any other dependency."""
    function = mark.dependency
    names = list(inspect.signature(function).parameters) if function is not None else []
    if (
        function is None
        or inspect.iscoroutinefunction(function)
        or inspect.isgeneratorfunction(function)
        or names != ["request"]
    ):
        raise TypeError(f"{path}: a dependency must be a plain function of the request")
    return function


def path_reader(name: str, annotation: Any) -> Callable[[Request], Any]:
    """A reader of one part of the path."""
    adapter: TypeAdapter[Any] = TypeAdapter(annotation)

    def read(request: Request) -> Any:
        try:
            return adapter.validate_python(request.scope["path_params"][name])
        except ValidationError as error:
            raise InvalidInput.of(error, "path", name) from error

    return read


def header_reader(alias: str) -> Callable[[Request], str | None]:
    """A reader of one header of at most 1,024 characters."""
    name = alias.lower().encode()

    def read(request: Request) -> str | None:
        value = header(request.scope, name)
        if value is not None and len(value) > _MAX_HEADER_LENGTH:
            raise InvalidInput([{"loc": ["header", alias], "msg": "is too long", "type": "string_too_long"}])
        return None if value is None else value.decode("latin-1")

    return read


def query_reader(annotation: Any) -> Callable[[Request], Any]:
    """A reader of the query string as a model."""
    model = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    lists = lists_of(model)

    def read(request: Request) -> Any:
        try:
            return model.model_validate(query_of(request.scope, lists), context=settings_of(request.scope))
        except ValidationError as error:
            raise input_error(error, "query") from error

    return read


def lists_of(model: type[BaseModel]) -> frozenset[str]:
    """The fields that take a list."""
    return frozenset(name for name, field in model.model_fields.items() if list in kinds_of(field.annotation))


def query_of(scope: Scope, lists: Collection[str] = ()) -> dict[str, Any]:
    """The query string as a dict. Names in `lists` may repeat and then give a list. Names that end with `[]` always give one.

    Raises `InvalidInput` if another name repeats.
    """
    raw: bytes = scope["query_string"]
    if not raw:
        return {}
    try:
        pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True, errors="strict", max_num_fields=100)
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidInput([{"loc": ["query"], "msg": "is not UTF-8, or too long", "type": "query_invalid"}]) from error
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name.endswith("[]"):
            found.setdefault(name, []).append(value)
        elif name in found and name in lists:
            found[name] = [*([found[name]] if isinstance(found[name], str) else found[name]), value]
        elif name in found:
            raise InvalidInput([{"loc": ["query", name], "msg": "occurs twice", "type": "query_duplicate"}])
        else:
            found[name] = value
    return found


def is_model(kind: Any) -> bool:
    """Whether the body is a model. A model reports missing fields, but a bare dict would accept an empty body as `{}`."""
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def read_model(scope: Scope, body: bytes, adapter: TypeAdapter[Any], *, required: bool) -> Any:
    """The body as the adapter validates it. Raises `InvalidInput`, also if a required body is missing."""
    if body:
        require_json(scope)
    if required and is_empty(body):
        raise InvalidInput.at("body", "is missing", "missing")
    settings = settings_of(scope)
    value = parse(body, settings.max_body_elements)
    try:
        return adapter.validate_python(value, context=settings)
    except ValidationError as error:
        raise input_error(error, "body") from error
