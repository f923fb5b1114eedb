"""Names the right argument when a caller passes an unknown one: `metadata` is `meta_data` here."""

from __future__ import annotations

import functools
import inspect
import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable

Class = TypeVar("Class", bound=type)
Function = TypeVar("Function", bound="Callable[..., Any]")

_UNEXPECTED = re.compile(r"(?P<function>[\w.]+)\(\) got an unexpected keyword argument '(?P<name>\w+)'(\..*)?")
_OPEN = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def explains_arguments(cls: Class) -> Class:
    """Make the public methods of a class name the nearest argument in a `TypeError` for an unknown one. Returns the class."""
    for name, method in list(vars(cls).items()):
        if inspect.isfunction(method) and not name.startswith("_"):
            setattr(cls, name, explained(method))
    return cls


def explained(function: Function) -> Function:
    """A wrapper of the function. Its `TypeError` for an unknown argument names the nearest known argument."""
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def call_and_wait(*args: Any, **kwargs: Any) -> Any:
            try:
                return await function(*args, **kwargs)
            except TypeError as error:
                _raise_explained(function, error)

        return cast("Function", call_and_wait)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError as error:
            _raise_explained(function, error)

    return cast("Function", call)


def _raise_explained(function: Callable[..., Any], error: TypeError) -> NoReturn:
    if (sentence := _explanation(function, error)) is None:
        raise error
    raise TypeError(sentence) from None


def _explanation(function: Callable[..., Any], error: TypeError) -> str | None:
    found = _UNEXPECTED.fullmatch(str(error))
    if found is None or found["function"] != function.__qualname__:  # an error of a function that this one calls
        return None
    parameters = inspect.signature(function).parameters.values()
    known = [parameter.name for parameter in parameters if parameter.kind not in _OPEN and parameter.name != "self"]
    near = get_close_matches(found["name"], known, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(known) or 'none'}."
    return f"{function.__qualname__}() has no argument {found['name']!r}: {hint}"
