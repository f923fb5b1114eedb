"""Mistakes of the first hour: the error says what to do."""

from __future__ import annotations

import asyncio
import inspect
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.client import Client
from threadkeep.client import services as clients
from threadkeep.client.options import certificates
from threadkeep.errors import NotFound, Unauthorized
from threadkeep.services import AnalyticsService, AuditService, KeyService, MessageService, ThreadService, UserService

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer

SERVICES = [UserService, ThreadService, MessageService, KeyService, AuditService, AnalyticsService]
CLASSES = [
    *SERVICES,
    *(getattr(clients, f"{kind}{service.__name__}") for service in SERVICES for kind in ("Remote", "AsyncRemote")),
]
METHODS = [
    (cls, name)
    for cls in CLASSES
    for name, method in inspect.getmembers(cls, inspect.isfunction)
    if not name.startswith("_")
    and not any(p.kind is p.VAR_KEYWORD for p in inspect.signature(method).parameters.values())
]


def call(cls: type, name: str, **arguments: Any) -> Any:
    """Call a method on an object without a connection, and wait for the result."""
    service: Any = object.__new__(cls)
    service.__dict__["_sender"] = SimpleNamespace(send=None, iterate=None)
    result = getattr(service, name)(**arguments)
    return asyncio.run(result) if inspect.iscoroutine(result) else result


@pytest.mark.parametrize(("cls", "name"), METHODS, ids=[f"{cls.__name__}.{name}" for cls, name in METHODS])
def test_every_method_names_the_nearest_argument_if_one_is_unknown(cls: type, name: str) -> None:
    known = [parameter for parameter in inspect.signature(getattr(cls, name)).parameters if parameter != "self"]
    with pytest.raises(TypeError, match=r"\w+\(\) has no argument 'no_such_argument': it takes ") as unknown:
        call(cls, name, no_such_argument=1)

    assert all(parameter in str(unknown.value) for parameter in known)
    for parameter in known:
        misspelt = parameter.replace("_", "") if "_" in parameter else f"{parameter}s"
        if misspelt not in known:
            with pytest.raises(TypeError, match=rf"has no argument '{misspelt}': did you mean '\w+'\?"):
                call(cls, name, **{misspelt: 1})


@pytest.mark.parametrize("cls", [ThreadService, clients.RemoteThreadService, clients.AsyncRemoteThreadService])
def test_metadata_is_meta_data(cls: type) -> None:
    with pytest.raises(TypeError, match=r"create_thread\(\) has no argument 'metadata': did you mean 'meta_data'\?"):
        call(cls, "create_thread", metadata={})


def test_a_client_without_a_key_says_how_to_give_it_one(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THREADKEEP_API_KEY", raising=False)
    with Client(live_server.url) as client, pytest.raises(Unauthorized) as refused:
        client.user_service.list_users()

    assert str(refused.value) == "This client has no API key: pass it as api_key, or set THREADKEEP_API_KEY."


@pytest.mark.parametrize("path", ["/v1", "/v1/"])
def test_a_base_url_that_ends_in_v1_is_recognised(live_server: LiveServer, path: str) -> None:
    with (
        Client(f"{live_server.url}{path}", live_server.admin_key) as client,
        pytest.raises(NotFound, match="leave /v1 out of the base URL"),
    ):
        client.user_service.list_users()


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/openai/threads", "The paths of the OpenAI API begin with /openai/v1"),
        ("/threads", "The paths of the native API begin with /v1, those of the OpenAI API with /openai/v1."),
        ("/nothing", "There is nothing at this path."),
    ],
)
def test_a_path_without_its_version_is_recognised(live_server: LiveServer, path: str, hint: str) -> None:
    with httpx2.Client(headers={"x-api-key": live_server.admin_key}, verify=certificates()) as client:
        response = client.get(f"{live_server.url}{path}")

    assert response.status_code == 404
    assert hint in response.text
