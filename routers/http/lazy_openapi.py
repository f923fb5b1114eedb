"""A route whose description is made when somebody asks for it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, get_type_hints

from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import compile_path

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


class LazyOpenAPIRoute(APIRoute):
    """An `APIRoute` that begins with what it takes to serve it, as `FastRoute` does.

    The models that FastAPI makes of answers and parameters, for the description, took a third of a start. The first look at
    anything of theirs (`/openapi.json`, `/docs`, a method that is not served) makes them. A `response_model` that nothing
    else needs may be a `partial` that makes it then.
    """

    def __init__(
        self, path: str, endpoint: Callable[..., Any], *, methods: Collection[str] | None = None, **options: Any
    ) -> None:
        self.path, self.endpoint = path, endpoint
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.methods = {method.upper() for method in methods or ("GET",)}
        self.status_code = options.get("status_code")
        self.openapi_extra = options.get("openapi_extra")
        self._undescribed: dict[str, Any] | None = {"methods": self.methods, **options}

    def __getattr__(self, name: str) -> Any:
        options = vars(self).get("_undescribed")
        if options is None:
            raise AttributeError(f"{type(self).__name__} has no {name!r}")
        self._undescribed = None
        if isinstance(options.get("response_model"), partial):
            options["response_model"] = options["response_model"]()
        for kind in get_type_hints(self.endpoint).values():
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                # Deferred no longer, or FastAPI would build it as a field, and pydantic would warn.
                kind.model_config["defer_build"] = False
                kind.model_rebuild()
        super().__init__(self.path, self.endpoint, **options)
        return getattr(self, name)
