from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from openai import BadRequestError, OpenAI

if TYPE_CHECKING:
    from collections.abc import Callable


def test_metadata_limits_are_counted_in_characters(sdk: OpenAI) -> None:
    full = {f"{number:02}" + "🧵" * 62: "🧵" * 512 for number in range(16)}
    thread = sdk.beta.threads.create(metadata=full)

    assert sdk.beta.threads.retrieve(thread.id).metadata == full


TOO_MUCH: list[tuple[dict[str, str], str, str]] = [
    ({str(number): "" for number in range(17)}, "object_above_max_properties", "metadata"),
    ({"k" * 65: ""}, "property_name_above_max_length", "metadata"),
    ({"k": "v" * 513}, "string_above_max_length", "metadata.k"),
]


@pytest.mark.parametrize(("metadata", "code", "param"), TOO_MUCH)
def test_metadata_over_a_limit_changes_nothing(sdk: OpenAI, metadata: dict[str, str], code: str, param: str) -> None:
    thread = sdk.beta.threads.create(messages=[{"role": "user", "content": "x"}], metadata={"a": "b"})
    [message] = sdk.beta.threads.messages.list(thread.id).data
    calls: list[Callable[[], object]] = [
        lambda: sdk.beta.threads.create(metadata=metadata),
        lambda: sdk.beta.threads.update(thread.id, metadata=metadata),
        lambda: sdk.beta.threads.messages.create(thread.id, role="user", content="x", metadata=metadata),
        lambda: sdk.beta.threads.messages.update(message.id, thread_id=thread.id, metadata=metadata),
        lambda: sdk.conversations.create(metadata=metadata),
        lambda: sdk.conversations.update(thread.id, metadata=metadata),
    ]

    for call in calls:
        with pytest.raises(BadRequestError) as refused:
            call()
        assert (refused.value.code, refused.value.param) == (code, param)
    assert sdk.beta.threads.retrieve(thread.id) == thread
    assert sdk.beta.threads.messages.list(thread.id).data == [message]


def test_merged_metadata_has_the_same_limit(sdk: OpenAI) -> None:
    thread = sdk.beta.threads.create(metadata={str(number): "" for number in range(15)})

    with pytest.raises(BadRequestError) as refused:
        sdk.beta.threads.update(thread.id, metadata={"new": "", "newer": ""})
    assert (refused.value.code, refused.value.param) == ("object_above_max_properties", "metadata")
    assert len(sdk.beta.threads.update(thread.id, metadata={"0": "x", "new": ""}).metadata or ()) == 16


@pytest.mark.parametrize(
    ("resources", "param"),
    [
        ({"code_interpreter": {"file_ids": ["f"] * 21}}, "tool_resources.code_interpreter.file_ids"),
        ({"file_search": {"vector_store_ids": ["v", "w"]}}, "tool_resources.file_search.vector_store_ids"),
    ],
)
def test_too_many_files_or_vector_stores_are_refused(sdk: OpenAI, resources: Any, param: str) -> None:
    thread = sdk.beta.threads.create(tool_resources={"code_interpreter": {"file_ids": ["f"] * 20}})

    calls: list[Callable[[], object]] = [
        lambda: sdk.beta.threads.create(tool_resources=resources),
        lambda: sdk.beta.threads.update(thread.id, tool_resources=resources),
    ]
    for call in calls:
        with pytest.raises(BadRequestError) as refused:
            call()
        assert (refused.value.code, refused.value.param) == ("array_above_max_length", param)
