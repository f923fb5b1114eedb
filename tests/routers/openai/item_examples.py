"""Examples of each item that the SDK can send, made from the types of the SDK."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints

from openai.types.responses.response_input_item_param import ResponseInputItemParam
from typing_extensions import is_typeddict

_WRAPPERS = (Required, NotRequired, Annotated)
_VALUES: dict[Any, list[Any]] = {
    str: ["text"],
    bool: [True, False],
    int: [7],
    float: [0.5],
    object: [{"any": [1, None, "x"]}],
    type(None): [None],
}
NOT_STORED = ("item_reference", "compaction_trigger")


def examples_of(kind: Any) -> list[Any]:
    """Return values of a type. The first has only the required fields. Each other has one more field or another choice."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in _VALUES or origin is Literal:
        return list(_VALUES.get(kind, arguments))
    if origin in _WRAPPERS:
        return examples_of(arguments[0])
    if origin in (Union, types.UnionType):
        return [value for argument in arguments for value in examples_of(argument)]
    if is_typeddict(kind):
        return _objects(kind)
    if origin in (dict, Mapping):
        return [{}, {"key": examples_of(arguments[1])[0]}]
    if origin in (list, Iterable, Sequence):
        return [examples_of(arguments[0])]
    raise TypeError(kind)


def _objects(kind: Any) -> list[Any]:
    hints = get_type_hints(kind, include_extras=True)
    required = {name for name, hint in hints.items() if get_origin(hint) is Required}
    minimal = {name: examples_of(hints[name])[0] for name in hints if name in required}
    return [minimal] + [
        {**minimal, name: value}
        for name, hint in hints.items()
        for value in examples_of(hint)[1 if name in required else 0 :]
    ]


def item_examples() -> list[Any]:
    """Return all examples of all items that are stored."""
    examples = [item for kind in get_args(ResponseInputItemParam) for item in examples_of(kind)]
    return [item for item in examples if item.get("type") not in NOT_STORED and ("role" in item or item.get("type"))]
