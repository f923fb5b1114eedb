"""A route that builds its OpenAPI description when a request asks for the description."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, get_type_hints

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import compile_path

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class LazyOpenAPIRoute(APIRoute):
    """An `APIRoute` that is created with the attributes that serve requests, and gets the others later.

    FastAPI's models of responses and parameters are needed for the description only, and took a third of the start time.
    The first access to another attribute of the route builds them: for `/openapi.json`, `/docs`, or a method that is not
    served. `response_model` may be a `partial` that makes the model at that time, if no other code needs the model.

    The operation id is the name of the endpoint: generated clients name their methods after it.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, methods: Collection[str] | None = None, **options: Any
    ) -> None:
        self.path, self.endpoint = path, endpoint
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in methods or ("GET",)}
        self.status_code = options.get("status_code")
        self.openapi_extra = options.get("openapi_extra")
        operation_id = options.get("operation_id") or endpoint.__name__
        self._pending_options: dict[str, Any] | None = {
            "methods": self.methods,
            **options,
            "operation_id": operation_id,
        }

    def __getattr__(self, name: str) -> Any:
        options = vars(self).get("_pending_options")
        if options is None:
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        self._pending_options = None
        if isinstance(options.get("response_model"), partial):
            options["response_model"] = options["response_model"]()
        for kind in get_type_hints(self.endpoint).values():
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                # FastAPI would build a deferred model as the type of a field, and pydantic would warn about that.
                kind.model_config["defer_build"] = False
                kind.model_rebuild()
        super().__init__(self.path, self.endpoint, **options)
        return getattr(self, name)
