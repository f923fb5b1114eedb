"""The types of arguments have the fields and types of the models in whose place they stand."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from threadkeep.inputs import (
    MessageFilters,
    MessageInput,
    NewMessage,
    ThreadFilters,
    UserChanges,
    UserFilters,
    UserUpdate,
)
from threadkeep.services import MessageService, ThreadService, UserService

LISTS = [
    (UserFilters, UserService.list_users, UserService.iter_users),
    (ThreadFilters, ThreadService.find_threads, ThreadService.iter_threads),
    (MessageFilters, MessageService.list_messages, MessageService.iter_messages),
]


def written(typed_dict: Any) -> dict[str, str]:
    """Return the annotations as they are written."""
    return {name: annotation.__forward_arg__ for name, annotation in typed_dict.__annotations__.items()}


def parameters(method: Any) -> dict[str, str]:
    left_out = ("self", "thread_id")
    found = inspect.signature(method).parameters.values()
    return {one.name: one.annotation for one in found if one.name not in left_out}


@pytest.mark.parametrize(("filters", "listing", "iterator"), LISTS, ids=lambda one: one.__name__)
def test_the_filters_of_an_iterator_are_the_arguments_of_its_list(filters: Any, listing: Any, iterator: Any) -> None:
    assert written(filters) == parameters(listing)
    assert parameters(iterator) == {"filters": f"Unpack[{filters.__name__}]"}


def test_a_message_as_a_dict_has_the_fields_of_a_message_and_the_types_of_create_message() -> None:
    of_method = parameters(MessageService.create_message)
    fields = written(MessageInput)

    assert fields.keys() == NewMessage.model_fields.keys() == of_method.keys() - {"expected_seq"}
    for name, annotation in fields.items():
        assert of_method[name] in (annotation, f"{annotation} | None"), name


def test_the_changes_of_a_user_have_the_fields_of_a_user_and_the_types_of_create_user() -> None:
    assert written(UserUpdate) == parameters(UserService.create_user)
    assert written(UserUpdate).keys() == UserChanges.model_fields.keys() | {"name"}
    assert parameters(UserService.update_user)["changes"] == "Unpack[UserUpdate]"


@pytest.mark.parametrize("service", [UserService, ThreadService, MessageService])
def test_no_public_method_takes_any_keyword(service: type) -> None:
    for name, method in inspect.getmembers(service, inspect.isfunction):
        if not name.startswith("_"):
            found = inspect.signature(method).parameters.values()
            assert not [one for one in found if one.kind is one.VAR_KEYWORD and one.annotation == "Any"], name
