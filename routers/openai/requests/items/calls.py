"""Request models of the calls of functions and custom tools, and of programs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import Field, with_config
from typing_extensions import TypedDict

from .....inputs import Name, Text
from ..values import OPEN, STRICT, one_of
from .parts import Status


@with_config(STRICT)
class ItemBase(TypedDict):
    """The fields that every item may have."""

    id: NotRequired[Name | None]
    """Accepted and replaced by an id of Threadkeep."""
    created_by: NotRequired[Text | None]


@with_config(OPEN)
class Direct(TypedDict):
    """The model itself made the call."""

    type: Literal["direct"]


@with_config(OPEN)
class ByProgram(TypedDict):
    """A program that the model wrote made the call."""

    type: Literal["program"]
    caller_id: Text


Caller = Annotated[dict[str, Any], one_of(direct=Direct, program=ByProgram)]


class CallItem(ItemBase):
    """The fields that the calls of most tools may have."""

    call_id: Name
    status: NotRequired[Status | None]
    caller: NotRequired[Caller | None]


Asynchronous = TypedDict("Asynchronous", {"async": NotRequired[bool | None]})
"""A `TypedDict` in functional form, because `async` is a keyword of Python."""


class FunctionCall(CallItem, Asynchronous):
    """A call of a function that the application provides."""

    type: Literal["function_call"]
    name: Text
    arguments: Text
    namespace: NotRequired[Text | None]


class CustomToolCall(CallItem, Asynchronous):
    """A call of a tool whose input is free text."""

    type: Literal["custom_tool_call"]
    name: Text
    input: Text
    namespace: NotRequired[Text | None]


class ToolSearchCall(ItemBase):
    """A search for tools."""

    type: Literal["tool_search_call"]
    arguments: Annotated[Any, Field(description="Any JSON value.")]
    call_id: NotRequired[Name | None]
    execution: NotRequired[Literal["server", "client"] | None]
    status: NotRequired[Status | None]


class Program(ItemBase):
    """A program that calls tools."""

    type: Literal["program"]
    call_id: Name
    code: Text
    fingerprint: Text
