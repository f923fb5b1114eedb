"""Finds the field that a caller may have meant by an unknown one: `metadata` is `meta_data` here."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

from .values import Input

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


_LONGEST_NAME = 64


def near_field(title: str, path: Sequence[str | int]) -> str | None:
    """The field that is nearest to the last step of the path, in the input model of this error's title. None if none is near.

    The title of a model with validators has their names in front: `function-after[_within_size(), NewMessage]`.
    """
    if not path or len(str(path[-1])) > _LONGEST_NAME:
        return None
    name = title.rstrip("]").rpartition(" ")[2]
    model = next((one for one in _models(Input) if one.__name__ == name), None)
    for step in path[:-1]:
        field = model.model_fields.get(str(step)) if model and isinstance(step, str) else None
        if isinstance(step, str):
            model = next(_models_in(field.annotation), None) if field else None
    near = get_close_matches(str(path[-1]), model.model_fields, n=1) if model else []
    return near[0] if near else None


def _models(base: type[Input]) -> Iterator[type[Input]]:
    yield base
    for model in base.__subclasses__():
        yield from _models(model)


def _models_in(annotation: Any) -> Iterator[type[Input]]:
    """The input models that occur in a type, such as that of the entries of a list."""
    if isinstance(annotation, type) and issubclass(annotation, Input):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)
