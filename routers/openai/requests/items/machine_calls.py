"""Request models of the calls that control a machine: its mouse and keyboard, its shells, its files."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import BeforeValidator, with_config
from typing_extensions import TypedDict

from .....inputs import Entries, Name, Text
from ..values import OPEN, all_texts, one_of
from .calls import Caller, CallItem, ItemBase
from .parts import Status


@with_config(OPEN)
class Point(TypedDict):
    """A point on the screen, in pixels."""

    x: int
    y: int


@with_config(OPEN)
class Pressed(TypedDict):
    """The keys that are held down during the action."""

    keys: NotRequired[Entries[Text] | None]


class Click(Point, Pressed):
    """The action: click a mouse button."""

    type: Literal["click"]
    button: Literal["left", "right", "wheel", "back", "forward"]


class DoubleClick(Point, Pressed):
    """The action: double-click at a point."""

    type: Literal["double_click"]


class Drag(Pressed):
    """The action: move the mouse along a path with the button held down."""

    type: Literal["drag"]
    path: Entries[Point]


@with_config(OPEN)
class Keypress(TypedDict):
    """The action: press keys."""

    type: Literal["keypress"]
    keys: Entries[Text]


class Move(Point, Pressed):
    """The action: move the mouse to a point."""

    type: Literal["move"]


@with_config(OPEN)
class TakeScreenshot(TypedDict):
    """The action: take a screenshot."""

    type: Literal["screenshot"]


class Scroll(Point, Pressed):
    """The action: scroll at a point."""

    type: Literal["scroll"]
    scroll_x: int
    scroll_y: int


@with_config(OPEN)
class Type(TypedDict):
    """The action: type a text."""

    type: Literal["type"]
    text: Text


@with_config(OPEN)
class Wait(TypedDict):
    """The action: wait."""

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
    """A check that a person must confirm before the action."""

    id: Text
    code: NotRequired[Text | None]
    message: NotRequired[Text | None]


class ComputerCall(ItemBase):
    """A call that controls a computer."""

    type: Literal["computer_call"]
    call_id: Name
    pending_safety_checks: NotRequired[Entries[SafetyCheck]]
    action: NotRequired[ComputerAction | None]
    actions: NotRequired[Entries[ComputerAction] | None]
    status: NotRequired[Status | None]


@with_config(OPEN)
class LocalShellAction(TypedDict):
    """A command for the shell of the application's machine."""

    type: Literal["exec"]
    command: Entries[Text]
    env: Annotated[dict[Text, Text], BeforeValidator(all_texts)]
    timeout_ms: NotRequired[int | None]
    user: NotRequired[Text | None]
    working_directory: NotRequired[Text | None]


class LocalShellCall(ItemBase):
    """A call that runs a command in the shell of the application's machine."""

    type: Literal["local_shell_call"]
    call_id: Name
    action: LocalShellAction
    status: NotRequired[Status | None]


@with_config(OPEN)
class ShellAction(TypedDict):
    """The commands, in the order in which they run."""

    commands: Entries[Text]
    timeout_ms: NotRequired[int | None]
    max_output_length: NotRequired[int | None]


@with_config(OPEN)
class LocalEnvironment(TypedDict):
    """The environment: the application's machine."""

    type: Literal["local"]


@with_config(OPEN)
class Container(TypedDict):
    """The environment: a container."""

    type: Literal["container_reference"]
    container_id: Text


Environment = Annotated[dict[str, Any], one_of(local=LocalEnvironment, container_reference=Container)]


class ShellCall(CallItem):
    """A call that runs commands in a shell."""

    type: Literal["shell_call"]
    action: ShellAction
    environment: NotRequired[Environment | None]


@with_config(OPEN)
class WriteFile(TypedDict):
    """The operation: create or update a file."""

    type: Literal["create_file", "update_file"]
    path: Text
    diff: Text


@with_config(OPEN)
class DeleteFile(TypedDict):
    """The operation: delete a file."""

    type: Literal["delete_file"]
    path: Text


class ApplyPatchCall(ItemBase):
    """A call that changes a file."""

    type: Literal["apply_patch_call"]
    call_id: Name
    operation: Annotated[dict[str, Any], one_of(create_file=WriteFile, update_file=WriteFile, delete_file=DeleteFile)]
    status: NotRequired[Literal["in_progress", "completed"] | None]
    caller: NotRequired[Caller | None]
