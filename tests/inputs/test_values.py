from __future__ import annotations

import cProfile
import time
import tracemalloc

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from threadkeep.inputs import MessageChanges, NewKey, NewMessage, NewThread, check_storable


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, {"b": 2**70}]}, "a[1].b: integers must fit in 64 bits"),
        ([float("nan")], "[0]: numbers must be finite"),
        (2**70, "integers must fit in 64 bits"),
        ({"a": {1: 2}}, "a: the key 1 is not a string"),
        ({"\0": 1}, "the object: keys must not contain the NUL character"),
        ({"a": {"\ud800": 1}}, "a key of a: text must be valid Unicode, without lone surrogates"),
        ({"\ud800": 1}, "a key of the object: text must be valid Unicode, without lone surrogates"),
        ({"a": [[[[1]]]]}, "a[0][0][0]: nested too deeply"),
        ({"a": [{1}]}, "a[0]: set is not a JSON value"),
    ],
)
def test_a_value_that_cannot_be_stored_is_refused_with_its_path(value: object, message: str) -> None:
    with pytest.raises(PydanticCustomError) as refused:
        check_storable(value, 4)

    assert refused.value.message() == message


def test_a_long_key_is_not_copied_for_each_of_its_members() -> None:
    value = {"k" * 1_000_000: dict.fromkeys(map(str, range(50_000)), 1)}  # a path for each member: 50 GB of text
    began = time.process_time()

    check_storable(value, 4)

    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("model", "field", "message"),
    [
        (NewKey, "scope", "Input should be 'admin', 'service' or 'user'"),
        (MessageChanges, "status", "Input should be 'in_progress', 'incomplete' or 'completed'"),
    ],
)
def test_a_long_text_in_the_place_of_a_choice_is_not_copied_to_be_refused(
    model: type[NewKey | MessageChanges], field: str, message: str
) -> None:
    body = b'{"%s": "%s\xf0\x9f\x98\x80"}' % (field.encode(), b"a" * 1_000_000)
    with pytest.raises(ValidationError):  # builds the model
        model.model_validate_json(body)
    tracemalloc.start()
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json(body)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert refused.value.errors()[0]["msg"] == message
    assert most < 6 * len(body)


@pytest.mark.parametrize("model", [NewThread, NewMessage])
def test_a_model_that_is_made_without_validation_has_its_defaults(model: type[NewThread | NewMessage]) -> None:
    made, validated = model.model_construct(), model()
    other = model.model_construct({"meta_data"}, meta_data={"a": 1})

    assert made == validated
    assert made.model_fields_set == set()
    assert (other.meta_data, other.model_fields_set) == ({"a": 1}, {"meta_data"})
    assert model is NewThread or made.meta_data is not model.model_construct().meta_data


def test_a_model_that_is_made_without_validation_asks_no_factory_for_its_signature() -> None:
    NewThread.model_construct()
    with cProfile.Profile() as profile:
        NewThread.model_construct()
    called = {function.co_name for entry in profile.getstats() if not isinstance(function := entry.code, str)}

    assert "model_construct" in called
    assert not called & {"signature", "_signature_from_callable"}
