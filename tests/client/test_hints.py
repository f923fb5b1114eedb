"""Mistakes of the first hour: the error says what to do."""

from __future__ import annotations

import asyncio
import inspect
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from threadkeep.client import AsyncClient, Client
from threadkeep.client import services as clients
from threadkeep.client.options import certificates
from threadkeep.errors import InvalidInput, NotFound, ThreadkeepError, Unauthorized
from threadkeep.keep import Threadkeep
from threadkeep.services import (
    AnalyticsService,
    AuditService,
    ImportService,
    KeyService,
    MessageService,
    ThreadService,
    UserService,
)
from threadkeep.settings import Limits
from threadkeep.tests.client.scripted_server import Answer, ScriptedServer

if TYPE_CHECKING:
    from threadkeep.tests.live_server import LiveServer

SERVICES = [UserService, ThreadService, MessageService, KeyService, AuditService, ImportService, AnalyticsService]
CLASSES = [
    *SERVICES,
    *(getattr(clients, f"{kind}{service.__name__}") for service in SERVICES for kind in ("Remote", "AsyncRemote")),
]
METHODS = [
    (cls, name)
    for cls in CLASSES
    for name, method in inspect.getmembers(cls, inspect.isfunction)
    if name in vars(cls)  # without the methods of an internal base
    and not name.startswith("_")
    and not any(p.kind is p.VAR_KEYWORD for p in inspect.signature(method).parameters.values())
]


def call(cls: type, name: str, **arguments: Any) -> Any:
    """Call a method on an object without a connection, and wait for the result."""
    service: Any = object.__new__(cls)
    service.__dict__.update(_sender=SimpleNamespace(send=None, iterate=None), _limits=Limits())
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


def test_a_base_url_that_ends_in_v1_is_recognised_without_a_key(
    live_server: LiveServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("THREADKEEP_API_KEY", raising=False)
    with Client(f"{live_server.url}/v1") as client, pytest.raises((NotFound, Unauthorized)) as refused:
        client.user_service.list_users()

    assert "v1" in str(refused.value)


@pytest.mark.parametrize(
    "answer", [Answer(404, b"<html>"), Answer(401), Answer(405), Answer(404, {"error": {}})], ids=str
)
def test_a_base_url_that_ends_in_v1_is_recognised_by_any_answer(answer: Answer) -> None:
    with ScriptedServer() as server, Client(f"{server.url}/v1", "tk_key", max_retries=0) as client:
        server.answers = [answer]
        with pytest.raises(ThreadkeepError, match="without /v1 or /openai"):
            client.user_service.list_users()


def test_an_error_of_a_service_below_a_path_that_ends_in_v1_has_no_hint() -> None:
    with ScriptedServer() as server, Client(f"{server.url}/v1", "tk_key", max_retries=0) as client:
        server.answers = [Answer(404, {"error": "UserNotFound", "detail": "No user."})]
        with pytest.raises(NotFound, match=r"^No user\.$"):
            client.user_service.get_user("user_1")


@pytest.mark.parametrize("path", ["/openai/v1", "/v1/threads", "/elsewhere"])
def test_another_wrong_base_url_is_recognised(live_server: LiveServer, path: str) -> None:
    with (
        Client(f"{live_server.url}{path}", live_server.admin_key) as client,
        pytest.raises(NotFound, match="without /v1 or /openai"),
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
    with httpx2.Client(headers={"x-api-key": live_server.admin_key}, verify=certificates(), timeout=30) as client:
        response = client.get(f"{live_server.url}{path}")

    assert response.status_code == 404
    assert hint in response.text


@pytest.mark.parametrize("name", ["iter_threads", "iter_messages", "iter_users"])
@pytest.mark.parametrize("kind", ["", "Remote", "AsyncRemote"])
def test_iterators_name_the_nearest_filter(name: str, kind: str) -> None:
    noun = name.removeprefix("iter_").capitalize().removesuffix("s")
    cls = {"": globals(), **dict.fromkeys(("Remote", "AsyncRemote"), vars(clients))}[kind][f"{kind}{noun}Service"]
    arguments: dict[str, Any] = {"thread_id": "thread_1"} if noun == "Message" else {}

    async def iterate() -> None:
        async for _ in call(cls, name, beforre="x", **arguments):
            pass

    with pytest.raises(TypeError, match=r"\w+\(\) has no argument 'beforre': did you mean 'before'\?"):
        asyncio.run(iterate())


@pytest.mark.parametrize("opened", [Client, AsyncClient])
def test_a_client_names_the_nearest_option(opened: Any) -> None:
    with pytest.raises(TypeError, match=r"__init__\(\) has no argument 'apikey': did you mean 'api_key'\?"):
        opened("http://localhost", apikey="tk_x")


def test_a_threadkeep_names_the_nearest_option() -> None:
    with pytest.raises(TypeError, match=r"has no argument 'sweep_second': did you mean 'sweep_seconds'\?"):
        Threadkeep.connect("mongodb://localhost", sweep_second=None)


def test_a_field_inside_an_argument_is_named_with_the_nearest_one(live_server: LiveServer) -> None:
    with Client(live_server.url, live_server.admin_key) as client:
        thread = client.thread_service.create_thread()
        for refused, path, near in (
            (
                lambda: client.message_service.create_messages(thread.id, [_misspelt("metadata")]),
                "messages.0.metadata",
                "meta_data",
            ),
            (
                lambda: client.thread_service.create_thread(messages=[_misspelt("contents")]),
                "messages.0.contents",
                "content",
            ),
            (lambda: client.user_service.update_user("user_1", **_misspelt("fullname")), "fullname", "full_name"),
        ):
            with pytest.raises(InvalidInput) as caught:
                refused()
            assert path in str(caught.value)
            assert f"did you mean '{near}'?" in str(caught.value)


def _misspelt(name: str) -> Any:
    """Return a message or changes that no type checker lets pass."""
    return {name: "x"}
