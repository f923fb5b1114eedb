from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel, ValidationError

from threadkeep import errors
from threadkeep.errors import (
    EmailTaken,
    Forbidden,
    IdTaken,
    InvalidInput,
    InvalidParticipants,
    MessageNotFound,
    NotFound,
    ThreadkeepError,
    ThreadNotFound,
    TooLarge,
    Unavailable,
    UnknownCursor,
    UserNotFound,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

TREE = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, ThreadkeepError)]


def documented_tree() -> Iterator[tuple[str, int, str]]:
    """Yield each error of the tree in the module's docstring: its name, its depth, and its status or an empty text."""
    assert errors.__doc__ is not None
    for line in errors.__doc__.splitlines():
        stem = line.replace("│", " ")
        depth = (len(stem) - len(stem.lstrip(" ├└─"))) // 4
        for name in stem.strip(" ├└─").split("  ")[0].split(", "):
            if name.isidentifier() and hasattr(errors, name):
                status = next((word for word in line.split() if word.isdigit()), "")
                yield name, depth, status


def test_docstring_shows_the_actual_tree_of_errors() -> None:
    path: dict[int, str] = {}
    for name, depth, status in documented_tree():
        kind = getattr(errors, name)
        path[depth] = name
        if depth > 1:
            assert kind.__bases__[0].__name__ == path[depth - 1], name
        if status:
            assert kind.status == int(status), name

    assert {name for name, _, _ in documented_tree()} == {kind.__name__ for kind in TREE}


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_every_error_has_a_docstring_and_a_status(kind: type[ThreadkeepError]) -> None:
    assert kind.__doc__
    assert kind.status == 500 or 400 <= kind.status <= 503


FACTS: dict[str, tuple[ThreadkeepError, dict[str, Any], str]] = {
    "thread": (ThreadNotFound("thread_1"), {"thread_id": "thread_1"}, "Thread 'thread_1' does not exist."),
    "message": (MessageNotFound("message_1"), {"message_id": "message_1"}, "Message 'message_1' does not exist."),
    "user": (UserNotFound("user_1"), {"user_id": "user_1"}, "User 'user_1' does not exist."),
    "email": (EmailTaken("a@b.c"), {"email": "a@b.c"}, "Another user has the e-mail address 'a@b.c'."),
    "id": (IdTaken("k"), {"taken": "k"}, "The id 'k' is taken."),
    "right": (Forbidden("delete users"), {"action": "delete users"}, "This key may not delete users."),
}


@pytest.mark.parametrize(("error", "facts", "sentence"), FACTS.values(), ids=FACTS.keys())
def test_error_has_facts_and_a_sentence_made_of_them(
    error: ThreadkeepError, facts: dict[str, Any], sentence: str
) -> None:
    assert (error.facts, str(error)) == (facts, sentence)
    for name, value in facts.items():
        assert getattr(error, name) == value


@pytest.mark.parametrize(("error", "facts", "sentence"), FACTS.values(), ids=FACTS.keys())
def test_error_made_from_an_answer_equals_the_original(
    error: ThreadkeepError, facts: dict[str, Any], sentence: str
) -> None:
    remade = type(error).from_answer(sentence, facts)

    assert (type(remade), str(remade), remade.facts, vars(remade)) == (type(error), sentence, facts, vars(error))


def test_not_found_catches_the_errors_of_all_nouns() -> None:
    for kind in (UserNotFound, ThreadNotFound, MessageNotFound):
        with pytest.raises(NotFound):
            raise kind("x")


def test_invalid_input_names_each_field_and_its_rule() -> None:
    class Model(BaseModel):
        name: str
        ages: list[int]

    with pytest.raises(ValidationError) as found:
        Model.model_validate({"ages": [1, "x"]})
    error = InvalidInput.of(found.value, "body")

    assert [problem["loc"] for problem in error.problems] == [["body", "name"], ["body", "ages", 1]]
    assert str(error).startswith("body.name: Field required; body.ages.1: ")


def test_invalid_input_does_not_repeat_the_value() -> None:
    class Model(BaseModel):
        age: int

    with pytest.raises(ValidationError) as found:
        Model.model_validate({"age": "my secret"})

    assert "my secret" not in repr(InvalidInput.of(found.value).facts)


def test_errors_of_one_field_name_the_field() -> None:
    assert InvalidInput.at("a.b", "is wrong").problems == [
        {"loc": ["a", "b"], "msg": "is wrong", "type": "value_error"}
    ]
    assert UnknownCursor("after", "x").problems[0]["loc"] == ["after"]
    assert str(TooLarge("body", 1048576)) == "body: larger than the limit of 1,048,576 bytes"


def test_unknown_and_repeated_participants_are_separate_problems() -> None:
    error = InvalidParticipants(unknown=["user_x", "user_y"], repeated=["user_a"])

    assert [problem["type"] for problem in error.problems] == ["participants_unknown", "participants_repeated"]
    assert str(error) == (
        "participant_ids: no such user: user_x, user_y; participant_ids: named more than once: user_a"
    )


def test_a_temporary_error_names_the_time_of_the_next_try() -> None:
    assert (Unavailable().retry_after, str(Unavailable())) == (1, "The database does not answer. Please try again.")
