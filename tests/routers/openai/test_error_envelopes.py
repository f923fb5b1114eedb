from __future__ import annotations

from typing import Any

import pytest

from threadkeep import errors
from threadkeep.errors import ThreadkeepError
from threadkeep.routers.openai import render_error
from threadkeep.routers.openai.errors import ConversationNotFound, ItemNotFound, NotSupported

ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "ThreadkeepError": ("x",),
    "StartupError": ("x",),
    "MissingExtra": ("x", "y", "z"),
    "InvalidInput": ([{"loc": ["body", "a"], "msg": "is wrong", "type": "value_error"}],),
    "UnknownCursor": ("after", "x"),
    "TooLarge": ("content", 5),
    "UnsupportedMediaType": ("text/plain",),
    "UnsupportedEncoding": ("gzip",),
    "Unauthorized": ("x",),
    "Forbidden": ("read this thread",),
    "ForeignRequest": ("Host", "x"),
    "NotFound": ("x",),
    "Conflict": ("x",),
    "EmailTaken": ("x",),
    "IdentityTaken": ("x", "y"),
    "IdTaken": ("x",),
    "PartlyStored": ("x", 2),
    "ExternalIdTaken": ("x",),
    "TooManyKeys": (50,),
    "TooManyImports": (3,),
    "BudgetTooSmall": (200, 100),
    "DatabaseRefused": ("it answers no code",),
    "NoNumberLeft": ("The revision",),
    "PreconditionFailed": ("x",),
    "UserNotFound": ("x",),
    "ThreadNotFound": ("x",),
    "MessageNotFound": ("x",),
    "KeyNotFound": ("x",),
    "ImportNotFound": ("x",),
}


def every_error() -> list[ThreadkeepError]:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ThreadkeepError)]
    made = [
        kind(unknown=["x"]) if kind is errors.InvalidParticipants else kind(*ARGUMENTS.get(kind.__name__, ()))
        for kind in kinds
    ]
    return [*made, ConversationNotFound("x"), ItemNotFound("x"), NotSupported("runs")]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: type(error).__name__)
def test_every_error_is_rendered_in_the_format_of_openai(error: ThreadkeepError) -> None:
    status, payload, headers = render_error(error)

    assert isinstance(payload, dict)
    found = payload["error"]
    assert payload == {"error": found}
    assert found.keys() == {"message", "type", "param", "code"}
    assert found["message"]
    assert found["type"] == ("server_error" if status >= 500 else "invalid_request_error")
    assert status == (400 if error.status == 422 else error.status)
    sent = dict(headers)
    if status == 503 or isinstance(error, errors.StillRunning):
        assert int(sent[b"retry-after"]) >= 1
    elif status in (409, 501):  # without the header, the SDK would retry
        assert sent[b"x-should-retry"] == b"false"


@pytest.mark.parametrize(
    ("loc", "param"),
    [
        (["body", "messages", 0, "content", ":parts", 1, ":text", "text"], "messages[0].content[1].text"),
        (["body", "metadata", "key", "[key]"], "metadata"),
        (["query", "limit"], "limit"),
        (["body"], None),
        (["body", "metadata", "x" * 1000], "metadata." + "x" * 100 + "…"),
    ],
)
def test_param_is_a_path_in_the_notation_of_openai(loc: list[Any], param: str | None) -> None:
    _, payload, _ = render_error(errors.InvalidInput([{"loc": loc, "msg": "is wrong", "type": "value_error"}]))

    assert payload["error"]["param"] == param  # type: ignore[index]
