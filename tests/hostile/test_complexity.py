"""The time and memory of reading and validating a body are proportional to its size, for any content."""

from __future__ import annotations

import time
import tracemalloc
from contextlib import suppress
from functools import partial
from statistics import median
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
import pytest
from starlette.routing import Mount

from threadkeep.app import create_app
from threadkeep.errors import InvalidInput, ThreadkeepError
from threadkeep.inputs import storable
from threadkeep.routers.http.parameters import query_of, read_model
from threadkeep.routers.http.route import FastRoute
from threadkeep.routers.native import render_error as render_native
from threadkeep.routers.openai import render_error as render_openai
from threadkeep.settings import Settings
from threadkeep.tests.hostile.shapes import SHAPES, long_key, ordinary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pydantic import TypeAdapter

KIB, MIB = 1024, 1024 * 1024
MOST_TIMES_ORDINARY = 12
"""Maximum of CPU time per byte of a hostile body, relative to an ordinary body of the same size."""
LEAST_SECONDS = 0.004
"""The accuracy of the measurement. It is large in comparison with the time for a small body."""
MOST_TIMES_MEMORY = 8
MOST_ANSWER_BYTES = 16 * KIB

APP = create_app(Settings(_env_file=None, auth=False))


class Model(NamedTuple):
    """The type adapter of the body of a route, and whether the body is required."""

    adapter: TypeAdapter[Any]
    required: bool

    def fields(self) -> list[str]:
        """Return the names of its fields."""
        schema = self.adapter.json_schema()
        known = [schema, *schema.get("$defs", {}).values()]
        root = next((one for one in known if schema.get("$ref", "").endswith(f"/{one.get('title')}")), schema)
        return [name for one in [root, *root.get("anyOf", ())] for name in one.get("properties", ())]


def models_of(routes: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, Model]]:
    """Yield the input model of every route of both APIs, by method and path."""
    for route in routes:
        if isinstance(route, Mount):
            yield from models_of(getattr(route.app, "routes", ()), prefix + route.path)
        elif isinstance(route, FastRoute) and (body := vars(route)["_body"]) is not None:
            yield f"{min(route.methods or ())} {prefix}{route.path}", Model(body[1], vars(route)["_needs_body"])


ROUTES = {str(vars(model.adapter)["_type"]): (name, model) for name, model in models_of(APP.routes)}
"""One route for each input model."""
NAMES = dict(ROUTES.values())
SHORT = {"POST /v1/threads", "POST /v1/messages", "POST /openai/v1/conversations/{conversation_id}/items"}
"""The routes that `make test` measures: large models of both APIs. `make test-slow` measures the others."""


FREE = (b'{"meta_data":%b}', b'{"metadata":%b}', b'{"content":%b}')
"""Fields that take objects of any form: each shape is put into them."""


def templates(model: Model) -> list[bytes]:
    """Return templates that put a value into a body: as the whole body, and as each field."""
    found = [b"%b"]
    for field in map(str.encode, model.fields()):
        found.append(b'{"' + field + b'":%b}')
        if field in (b"messages", b"items"):
            found.append(b'{"' + field + b'":[%b]}')
            found.append(b'{"' + field + b'":[{"role":"user","type":"message","content":%b}]}')
    return found


def bodies(model: Model, size: int, *, everywhere: bool) -> Iterator[tuple[str, bytes]]:
    """Yield each shape as the whole body, and in each field. Without `everywhere`, it is in `FREE` and in one field in turn."""
    first, *others = templates(model)
    for number, (name, shape) in enumerate(SHAPES.items()):
        value = shape(size)
        yield name, first % value
        for index, template in enumerate(others):
            if everywhere or index == number % len(others) or template in FREE:
                yield name, template % value


def read(name: str, body: bytes) -> int:
    """Read the body as the route does. Returns the bytes of the refusal, or 0."""
    render = render_openai if "/openai/" in name else render_native
    model = NAMES[name]
    try:
        read_model({"app": APP, "headers": []}, body, model.adapter, required=model.required)
    except ThreadkeepError as error:
        return len(orjson.dumps(render(error)[1]))
    return 0


def cpu_seconds(work: Callable[[], object], times: int = 3) -> float:
    durations = []
    for _ in range(times):
        began = time.process_time()
        work()
        durations.append(time.process_time() - began)
    return median(durations)


def ordinary_seconds(size: int) -> float:
    """Return the time for this number of bytes of ordinary messages."""
    name = "POST /v1/threads/{thread_id}/messages"
    body = b'{"messages":%b}' % ordinary(64 * KIB)
    assert read(name, body) == 0
    return cpu_seconds(lambda: read(name, body)) * size / len(body)


def too_slow(name: str, size: int, *, everywhere: bool = False) -> list[str]:
    """Return the bodies that take too much time for their size, or whose refusal is too large."""
    most = most_seconds(size)
    found = []
    read(name, b"{}")  # pydantic builds its validators at first use
    for shape, body in bodies(NAMES[name], size, everywhere=everywhere):
        began = time.process_time()
        answer = read(name, body)
        if answer > MOST_ANSWER_BYTES:
            found.append(f"{shape}, {body[:40]!r}: answered with {answer:,} bytes")
        if time.process_time() - began > most:
            seconds, allowed = slowest(partial(read, name, body), size)
            if seconds > allowed:
                found.append(f"{shape}, {body[:40]!r}: {seconds:.4f} s, more than {allowed:.4f} s")
    return found


def most_seconds(size: int) -> float:
    return MOST_TIMES_ORDINARY * ordinary_seconds(size) + LEAST_SECONDS


def slowest(work: Callable[[], object], size: int) -> tuple[float, float]:
    """Return the CPU time of `work`, and the allowed one, both measured now. If it is exceeded, measure up to five times.

    On a busy machine, the same work takes up to a third more, because other processes take the caches.
    """
    for _ in range(5):
        seconds, allowed = cpu_seconds(work), most_seconds(size)
        if seconds <= allowed:
            break
    return seconds, allowed


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in SHORT or index % 2 else [pytest.mark.chaos])
        for index, name in enumerate(NAMES)
    ],
)
def test_no_body_takes_more_time_than_its_size_allows(name: str) -> None:
    assert too_slow(name, 64 * KIB) == []


def test_a_long_key_is_not_copied_for_each_member() -> None:
    name, body = "POST /v1/threads", b'{"meta_data":%b}' % long_key(256 * KIB)
    read(name, b"{}")

    assert cpu_seconds(lambda: read(name, body)) < MOST_TIMES_ORDINARY * ordinary_seconds(len(body)) + LEAST_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), [("POST /v1/threads", 256 * KIB), ("POST /openai/v1/conversations", MIB)])
def test_no_large_body_takes_more_time_than_its_size_allows(name: str, size: int) -> None:
    assert too_slow(name, size) == []


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("size", "everywhere"), [(64 * KIB, True), (256 * KIB, True), (MIB, False)])
@pytest.mark.parametrize("name", NAMES)
def test_no_value_of_any_field_takes_more_time_than_its_size_allows(name: str, size: int, everywhere: bool) -> None:  # noqa: FBT001
    assert too_slow(name, size, everywhere=everywhere) == []


class Peak:
    """The peak of memory of Python objects, without the address space that orjson reserves and does not use."""

    def __init__(self) -> None:
        self.most = 0

    def dumps(self, *given: Any) -> bytes:
        """Return as many zero bytes as `orjson.dumps` would return."""
        self.note()
        size = len(orjson.dumps(*given))
        tracemalloc.reset_peak()
        return bytes(size)

    def note(self) -> int:
        self.most = max(self.most, tracemalloc.get_traced_memory()[1])
        return self.most


def peak_memory(work: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> int:
    peak = Peak()
    monkeypatch.setattr(storable, "orjson", SimpleNamespace(dumps=peak.dumps))
    tracemalloc.start()
    try:
        work()
        return peak.note()
    finally:
        tracemalloc.stop()


def too_large(name: str, size: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the bodies that take too much memory for their size."""
    found = []
    read(name, b"{}")
    for shape, body in bodies(NAMES[name], size, everywhere=False):
        most = len(body) + peak_memory(partial(read, name, body), monkeypatch)
        if most > MOST_TIMES_MEMORY * max(size, MIB):
            found.append(f"{shape}, {body[:40]!r}: {most / len(body):.1f} times its size")
    return found


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["PUT /v1/threads/{thread_id}/metadata", pytest.param("POST /v1/threads", marks=pytest.mark.chaos)]
)
def test_no_body_of_1_mib_takes_more_than_8_times_its_memory(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A smaller body may take 8 MiB, because each Python object has a minimum size."""
    assert too_large(name, MIB, monkeypatch) == []


@pytest.mark.chaos
@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", [64 * KIB, 256 * KIB, MIB])
@pytest.mark.parametrize("name", NAMES)
def test_no_body_of_any_model_takes_more_than_8_times_its_memory(
    name: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert too_large(name, size, monkeypatch) == []


def test_every_input_model_of_both_apis_is_tested() -> None:
    assert {name.split("/v1/")[0] for name in NAMES} == {"POST ", "PUT ", "POST /openai"}
    assert len(NAMES) > 15
    assert NAMES.keys() > SHORT


@pytest.mark.parametrize(
    "query",
    [
        b"a[]=1&" * 99,
        b"limit=" + b"9" * 60_000,
        b"meta_data=" + b"[" * 60_000,
        b"meta_data={" + b'"a":1,' * 8000,
        b"%" * 60_000,
    ],
)
def test_a_query_string_is_read_in_linear_time(query: bytes) -> None:
    def work() -> None:
        with suppress(InvalidInput):
            query_of({"query_string": query})

    assert cpu_seconds(work) < 0.05
