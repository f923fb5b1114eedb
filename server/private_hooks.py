"""Checks that the installed libraries still have the undocumented parts that the service overrides (CONTRIBUTING.md)."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from beanie.odm.utils.init import Initializer
from fastapi.routing import APIRoute
from uvicorn import Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from ..errors import StartupError

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class PrivateHook:
    """A method that a library does not document, with the parameters that we rely on."""

    library: str
    owner: type
    name: str
    parameters: tuple[str, ...] = ()

    def is_there(self) -> bool:
        """Whether the library has the method, and the method takes these parameters."""
        found = getattr(self.owner, self.name, None)
        return callable(found) and {*self.parameters} <= inspect.signature(found).parameters.keys()

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}({', '.join(self.parameters)})"


@dataclass(frozen=True, slots=True)
class PrivateAttribute:
    """An attribute that a library does not document, and sets when it creates an object."""

    library: str
    owner: type
    name: str

    def is_there(self) -> bool:
        """Whether the library sets the attribute in `__init__`."""
        return self.name in self.owner.__init__.__code__.co_names  # type: ignore[misc]  # a function, not an instance's

    def __str__(self) -> str:
        return f"{self.owner.__name__}.{self.name}"


_ATTRIBUTES = {
    HttpToolsProtocol: ("loop", "transport", "connections", "tasks", "pipeline", "scope", "cycle", "flow"),
    RequestResponseCycle: (
        "transport",
        "body",
        "more_body",
        "response_started",
        "response_complete",
        "disconnected",
        "on_response",
    ),
}

PRIVATE_HOOKS: tuple[PrivateHook | PrivateAttribute, ...] = (
    *(PrivateAttribute("uvicorn", owner, name) for owner, names in _ATTRIBUTES.items() for name in names),
    PrivateHook("uvicorn", HttpToolsProtocol, "_start_asgi_task", ("cycle", "app")),
    PrivateHook("uvicorn", HttpToolsProtocol, "send_400_response", ("msg",)),
    PrivateHook("uvicorn", HttpToolsProtocol, "on_message_begin"),
    PrivateHook("uvicorn", HttpToolsProtocol, "on_url", ("url",)),
    PrivateHook("uvicorn", HttpToolsProtocol, "on_header", ("name", "value")),
    PrivateHook("uvicorn", HttpToolsProtocol, "on_headers_complete"),
    PrivateHook("uvicorn", HttpToolsProtocol, "on_message_complete"),
    PrivateHook("uvicorn", RequestResponseCycle, "run_asgi", ("app",)),
    PrivateHook("uvicorn", Server, "capture_signals"),
    PrivateHook("uvicorn", Server, "handle_exit", ("sig", "frame")),
    PrivateHook("fastapi", APIRoute, "matches", ("scope",)),
    PrivateHook("fastapi", APIRoute, "handle", ("scope", "receive", "send")),
    PrivateHook("beanie", Initializer, "__init__", ("database", "document_models", "skip_indexes")),
)


def require_private_hooks(hooks: Iterable[PrivateHook | PrivateAttribute] = PRIVATE_HOOKS) -> None:
    """Raise a `StartupError` that names the library, its version and the part, if a part is missing or different."""
    for hook in hooks:
        if not hook.is_there():
            raise StartupError(
                f"{hook.library} {version(hook.library)} has no {hook}, which Threadkeep needs. "
                f"Install a version of {hook.library} that Threadkeep was tested with."
            )
