from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from threadkeep import errors
from threadkeep.errors import (
    InvalidInput,
    NotFound,
    Overloaded,
    ThreadkeepError,
    ThreadNotFound,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from threadkeep.routers.native import render_error
from threadkeep.tests.client.scripted_server import Answer

if TYPE_CHECKING:
    from threadkeep.tests.client.conftest import Connect
    from threadkeep.tests.client.scripted_server import ScriptedServer

RAISED = [
    errors.ThreadkeepError("Anything."),
    errors.InvalidInput.at("meta_data.topic", "too long"),
    errors.InvalidParticipants(unknown=["user_1"], repeated=["user_2", "user_3"]),
    errors.UnknownCursor("after", "message_1"),
    errors.TooLarge("content", 5),
    errors.UnsupportedMediaType("text/plain"),
    errors.UnsupportedEncoding("gzip"),
    errors.RequestTimeout(),
    errors.Unauthorized("No."),
    errors.Forbidden("delete users"),
    errors.NotFound("Nothing."),
    errors.UserNotFound("user_1"),
    errors.ThreadNotFound("thread_1"),
    errors.MessageNotFound("message_1"),
    errors.KeyNotFound("tk_1"),
    errors.ImportNotFound("import_1"),
    errors.BudgetTooSmall(200, 100),
    errors.ForeignRequest("Host", "example.com"),
    errors.Conflict("No."),
    errors.EmailTaken("ada@example.org"),
    errors.IdentityTaken("google", "17"),
    errors.IdTaken("message_1"),
    errors.ExternalIdTaken("chat/12"),
    errors.PartlyStored("message_1", 2),
    errors.TooManyKeys(50),
    errors.TooManyImports(3),
    errors.NoNumberLeft("The revision"),
    errors.IdempotencyMismatch(),
    errors.AnsweredOnce(),
    errors.StillRunning(),
    errors.RateLimited("requests", 100, 1),
    errors.PreconditionFailed("Thread 'thread_1'"),
    errors.DatabaseRefused("it answers no code"),
    errors.Unavailable(),
    errors.Overloaded(),
]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_every_error_of_the_service_is_raised_by_the_client(
    error: ThreadkeepError, connect: Connect, server: ScriptedServer
) -> None:
    status, body, headers = render_error(error)
    server.answers = [Answer(status, body, {name.decode(): value.decode() for name, value in headers})]

    with pytest.raises(type(error)) as caught:
        connect(server.url, max_retries=0).thread_service.get_thread("thread_1")
    assert type(caught.value) is type(error)
    assert str(caught.value) == str(error)
    assert caught.value.facts == error.facts
    assert caught.value.status == error.status


def test_every_error_class_is_tested() -> None:
    tree = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, ThreadkeepError) and not issubclass(kind, errors.StartupError)
    }

    assert {type(error) for error in RAISED} == tree


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidInput),
        (401, Unauthorized),
        (404, NotFound),
        (413, TooLarge),
        (418, ThreadkeepError),
        (422, InvalidInput),
        (429, Overloaded),
        (500, ThreadkeepError),
        (502, Unavailable),
        (504, Unavailable),
    ],
)
def test_an_unknown_error_is_raised_by_its_status(
    status: int, kind: type[ThreadkeepError], connect: Connect, server: ScriptedServer
) -> None:
    client = connect(server.url, max_retries=0)
    for body in (b"<html>nginx</html>", b"", b"[1]", {"error": "NewerThanThis"}, {"error": {"a": 1}}):
        server.answers = [Answer(status, body)]

        with pytest.raises(ThreadkeepError, match=f"answered {status}") as caught:
            client.thread_service.get_thread("thread_1")
        assert type(caught.value) is kind
        assert caught.value.status == status


def test_the_error_text_of_another_server_is_kept(client: Any, server: ScriptedServer) -> None:
    for body in ({"detail": "Not Found"}, {"message": "Not Found"}, {"detail": 3, "message": "Not Found"}):
        server.answers = [Answer(404, body)]

        with pytest.raises(NotFound) as caught:
            client.thread_service.get_thread("thread_1")
        assert str(caught.value) == "Not Found"


def test_an_invalid_input_error_names_its_fields(client: Any, server: ScriptedServer) -> None:
    problems = [{"loc": ["body", "content"], "msg": "is not text", "type": "content_type"}]
    server.answers = [Answer(422, {"detail": [*problems, "?", {"loc": 3, "msg": ""}]})]

    with pytest.raises(InvalidInput, match=r"^body\.content: is not text$") as caught:
        client.message_service.create_message("thread_1")
    assert caught.value.problems == problems


def test_facts_of_an_answer_replace_no_attributes_of_the_error(client: Any, server: ScriptedServer) -> None:
    hostile = {
        "args": 1,
        "facts": 2,
        "message": 3,
        "self": 4,
        "from_answer": 5,
        "__class__": 6,
        "thread_id": "thread_1",
    }
    server.answers = [Answer(404, {"error": "ThreadNotFound", "detail": "Gone."} | hostile)]

    with pytest.raises(ThreadNotFound) as caught:
        client.thread_service.get_thread("thread_1")
    assert str(caught.value) == "Gone."
    assert caught.value.thread_id == "thread_1"
    assert caught.value.facts == {"thread_id": "thread_1"}


def test_an_answer_that_is_not_from_threadkeep_raises_an_error_about_the_base_url(
    client: Any, server: ScriptedServer
) -> None:
    for body in (b"<html>Welcome</html>", b"", b"[]", b"3", {"ok": True}, {"data": None}, {"data": [3]}):
        server.answers = [Answer(200, body)]

        with pytest.raises(ThreadkeepError, match="is the base_url right") as caught:
            client.thread_service.find_threads()
        assert caught.value.__cause__ is not None


def test_a_redirect_raises_an_error_with_its_target(client: Any, server: ScriptedServer) -> None:
    server.answers = [Answer(308, None, {"Location": "https://example.org/v1/threads"})]

    with pytest.raises(ThreadkeepError, match=r"answered 308 .*, to https://example\.org/v1/threads: is the base_url"):
        client.thread_service.find_threads()
