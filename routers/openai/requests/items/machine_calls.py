"""Calls that act on a machine: with its mouse, its shells, its files."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import with_config
from typing_extensions import TypedDict

from .....inputs import Name, Text
from ..values import OPEN, one_of
from .calls import Call, Caller, Item
from .parts import Status


@with_config(OPEN)
class Point(TypedDict):
    """A place on the screen."""

    x: int
    y: int


@with_config(OPEN)
class Pressed(TypedDict):
    """Keys that are held meanwhile."""

    keys: NotRequired[list[Text] | None]


class Click(Point, Pressed):
    """To click."""

    type: Literal["click"]
    button: Literal["left", "right", "wheel", "back", "forward"]


class DoubleClick(Point, Pressed):
    """To click twice."""

    type: Literal["double_click"]


class Drag(Pressed):
    """To move along a path with the button held."""

    type: Literal["drag"]
    path: list[Point]


@with_config(OPEN)
class Keypress(TypedDict):
    """To press keys."""

    type: Literal["keypress"]
    keys: list[Text]


class Move(Point, Pressed):
    """To move there."""

    type: Literal["move"]


@with_config(OPEN)
class TakeScreenshot(TypedDict):
    """To take a picture of the screen."""

    type: Literal["screenshot"]


class Scroll(Point, Pressed):
    """To scroll."""

    type: Literal["scroll"]
    scroll_x: int
    scroll_y: int


@with_config(OPEN)
class Type(TypedDict):
    """To type a text."""

    type: Literal["type"]
    text: Text


@with_config(OPEN)
class Wait(TypedDict):
    """To wait."""

    type: Literal["wait"]


ComputerAction = Annotated[
    dict[str, Any],
    one_of(
        click=Click,
        double_click=DoubleClick,
        drag=Drag,
        keypress=Keypress,
        move=Move,
        screenshot=TakeScreenshot,
        scroll=Scroll,
        type=Type,
        wait=Wait,
    ),
]


@with_config(OPEN)
class SafetyCheck(TypedDict):
    """Something to be confirmed first."""

    id: Text
    code: NotRequired[Text | None]
    message: NotRequired[Text | None]


class ComputerCall(Item):
    """A use of a computer."""

    type: Literal["computer_call"]
    call_id: Name
    pending_safety_checks: NotRequired[list[SafetyCheck]]
    action: NotRequired[ComputerAction | None]
    actions: NotRequired[list[ComputerAction] | None]
    status: NotRequired[Status | None]


@with_config(OPEN)
class LocalShellAction(TypedDict):
    """A command for the caller's own shell."""

    type: Literal["exec"]
    command: list[Text]
    env: dict[Text, Text]
    timeout_ms: NotRequired[int | None]
    user: NotRequired[Text | None]
    working_directory: NotRequired[Text | None]


class LocalShellCall(Item):
    """A command to run in the caller's own shell."""

    type: Literal["local_shell_call"]
    call_id: Name
    action: LocalShellAction
    status: NotRequired[Status | None]


@with_config(OPEN)
class ShellAction(TypedDict):
    """Commands to run in order."""

    commands: list[Text]
    timeout_ms: NotRequired[int | None]
    max_output_length: NotRequired[int | None]


@with_config(OPEN)
class LocalEnvironment(TypedDict):
    """The caller's own machine."""

    type: Literal["local"]


@with_config(OPEN)
class Container(TypedDict):
    """A container."""

    type: Literal["container_reference"]
    container_id: Text


Environment = Annotated[dict[str, Any], one_of(local=LocalEnvironment, container_reference=Container)]


class ShellCall(Call):
    """Commands to run in a shell."""

    type: Literal["shell_call"]
    action: ShellAction
    environment: NotRequired[Environment | None]


@with_config(OPEN)
class WriteFile(TypedDict):
    """To make or change a file."""

    type: Literal["create_file", "update_file"]
    path: Text
    diff: Text


@with_config(OPEN)
class DeleteFile(TypedDict):
    """To delete a file."""

    type: Literal["delete_file"]
    path: Text


class ApplyPatchCall(Item):
    """A change of a file."""

    type: Literal["apply_patch_call"]
    call_id: Name
    operation: Annotated[dict[str, Any], one_of(create_file=WriteFile, update_file=WriteFile, delete_file=DeleteFile)]
    status: NotRequired[Literal["in_progress", "completed"] | None]
    caller: NotRequired[Caller | None]
