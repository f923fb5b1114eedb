"""What the services have in common: a runtime, a caller, and how input is checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from ..errors import InvalidInput, ThreadNotFound, TooLarge
from .caller import TRUSTED, Caller

if TYPE_CHECKING:
    from ..documents import Documents, ThreadRow
    from ..inputs import Input
    from ..settings import Limits
    from .runtime import Runtime

I = TypeVar("I", bound="Input")  # noqa: E741 - an input


class Service:
    """One noun's verbs, with one caller's rights."""

    def __init__(self, runtime: Runtime, caller: Caller = TRUSTED) -> None:
        self._runtime = runtime
        self._caller = caller

    @property
    def _documents(self) -> Documents:
        return self._runtime.documents

    @property
    def _is_retry(self) -> bool:
        """Whether the request was begun before, by a try whose answer nobody has seen: what it does may be done."""
        return self._caller.request_ids is not None and self._caller.request_ids.is_retry

    async def _living_thread(self, thread_id: str) -> ThreadRow:
        """The thread, if it exists and was not deleted; whether the caller may see it is another question."""
        # An id that is no string could be taken for an operator: in process nothing else looks at it.
        is_id = isinstance(thread_id, str)
        thread = await self._documents.fast_threads.find_one({"_id": thread_id, "deleted_at": None}) if is_id else None
        if thread is None:
            raise ThreadNotFound(thread_id)
        return thread


def validate_input(model: type[I], values: dict[str, Any], limits: Limits) -> I:
    """Validate what a caller said; raises `InvalidInput` or `TooLarge`, naming each field and its rule."""
    try:
        return model.model_validate(values, context=limits)
    except ValidationError as error:
        raise input_error(error) from error


def input_error(error: ValidationError, *prefix: str) -> InvalidInput:
    """Our error for pydantic's."""
    for found in error.errors(include_url=False, include_input=False):
        if found["type"] == "too_large":
            field = ".".join(map(str, found["loc"])) or "message"
            return TooLarge(field, found["ctx"]["limit"])
    return InvalidInput.of(error, *prefix)


def without_none(**values: Any) -> dict[str, Any]:
    """The arguments that are not None: what the caller really said."""
    return {name: value for name, value in values.items() if value is not None}
