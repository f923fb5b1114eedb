"""The OpenAPI descriptions as TypeScript: the types of a generated client compile. `.ci/run` installs the compiler."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI
from starlette.routing import Mount

from threadkeep.tests.routers.routes import application

if TYPE_CHECKING:
    from pathlib import Path

_PROGRAMS = ("openapi-typescript", "tsc")
_CLIENT = """
import type { components, operations, paths } from "./native";
import type { operations as openai } from "./openai";

type Message = components["schemas"]["MessageOut"];
type Query = NonNullable<operations["list_messages"]["parameters"]["query"]>;
type Answer = operations["list_messages"]["responses"][200]["content"]["application/json"];
type Body = NonNullable<operations["append_messages"]["requestBody"]>["content"]["application/json"];
type Thread = paths["/v1/threads/{thread_id}"]["get"]["responses"][200]["content"]["application/json"];
type Items = openai["list_items"]["responses"][200]["content"]["application/json"];

export const query: Query = { limit: 2, order: "desc" };
export const body: Body = { role: "assistant", content: "Forwards, yes." };
export const numbers = (page: Answer): number[] => page.data.map((message: Message) => message.seq);
export const owner = (thread: Thread): string | null => thread.owner_id;
export const last = (items: Items): string | null => items.last_id;

// @ts-expect-error there is no such order
export const wrongOrder: Query = { order: "sideways" };
// @ts-expect-error there is no such role
export const wrongRole: Body = { role: "wizard", content: "" };
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),  # a compiler on a busy machine
    pytest.mark.skipif(
        not all(map(shutil.which, _PROGRAMS)),
        reason="not installed: npm install --global openapi-typescript typescript",
    ),
]


def run(folder: Path, *command: str) -> None:
    """Run a program. A failure shows its output."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def descriptions() -> dict[str, dict[str, Any]]:
    """Return the description of each API."""
    app = application()
    mounted = [route.app for route in app.routes if isinstance(route, Mount) and isinstance(route.app, FastAPI)]
    return {"native": app.openapi(), "openai": mounted[0].openapi()}


def test_the_types_of_a_generated_client_compile(tmp_path: Path) -> None:
    for name, description in descriptions().items():
        (tmp_path / f"{name}.json").write_text(json.dumps(description), encoding="utf-8")
        run(tmp_path, "openapi-typescript", f"{name}.json", "--default-non-nullable=false", "--output", f"{name}.ts")
    (tmp_path / "client.ts").write_text(_CLIENT, encoding="utf-8")

    run(
        tmp_path,
        "tsc",
        "--noEmit",
        "--strict",
        "--target",
        "es2022",
        "--module",
        "es2022",
        "--moduleResolution",
        "bundler",
        "client.ts",
    )
