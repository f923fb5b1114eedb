from __future__ import annotations

import asyncio
import gc
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from threadkeep.log_events import REQUEST_ID, Event, log_events
from threadkeep.server.log_format import log_unhandled

if TYPE_CHECKING:
    from threadkeep.tests.conftest import ConfigureLog

TEXT = "the text of a message, and a key: tk_secret"


def break_down() -> None:
    raise ValueError(TEXT)


def fail() -> None:
    try:
        break_down()
    except ValueError as error:
        raise RuntimeError(f"while handling {TEXT}") from error


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("logger", ["ours", "a library's"])
def test_an_exception_is_told_by_where_it_happened_and_not_by_its_words(
    configure_log: ConfigureLog, log_format: str, logger: str
) -> None:
    read = configure_log(log_format=log_format)
    try:
        fail()
    except RuntimeError as error:
        if logger == "ours":
            log_events("threadkeep").error("internal_error", exc_info=error)
        else:
            logging.getLogger("uvicorn.error").exception("internal_error")

    said = read()
    assert "internal_error" in said
    assert Path(__file__).name in said
    assert "in fail" in said
    assert said.index("builtins.ValueError") < said.index("builtins.RuntimeError")
    assert TEXT not in said
    assert "secret" not in said


def test_what_nobody_waited_for_is_told_without_its_words(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")

    async def forget() -> None:
        asyncio.get_running_loop().set_exception_handler(log_unhandled)
        asyncio.get_running_loop().create_future().set_exception(RuntimeError(TEXT))
        gc.collect()

    asyncio.run(forget())

    said = read()
    assert json.loads(said)["event"] == "unhandled"
    assert "RuntimeError" in said
    assert TEXT not in said


def test_a_line_of_json_has_what_machines_look_for(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")
    token = REQUEST_ID.set("req_1")
    log_events("threadkeep").info("something", count=1)
    logging.getLogger("a.library").warning("%s happened", "it")
    REQUEST_ID.reset(token)

    ours, theirs = (json.loads(line) for line in read().splitlines())
    assert ours.pop("timestamp") <= theirs.pop("timestamp")
    assert ours == {"event": "something", "count": 1, "level": "info", "logger": "threadkeep", "request_id": "req_1"}
    assert theirs == {"event": "it happened", "level": "warning", "logger": "a.library", "request_id": "req_1"}


def test_a_line_for_people_is_one_line_whatever_is_in_its_fields(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="console")
    token = REQUEST_ID.set("req_1")

    log_events("threadkeep").warning("waiting", reason="refused\n2026 [info] forged", count=1)

    REQUEST_ID.reset(token)
    moment, _, rest = read().partition(" ")
    assert moment.endswith("Z")
    assert rest == "[warning ] waiting [threadkeep] reason='refused\\n2026 [info] forged' count=1 request_id=req_1\n"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_line_that_cannot_be_written_is_not_told_with_its_words(configure_log: ConfigureLog, log_format: str) -> None:
    class Unspeakable:
        def __str__(self) -> str:
            raise ValueError(TEXT)

    read = configure_log(log_format=log_format)
    logging.getLogger("a.library").warning("%s", Unspeakable())
    log_events("threadkeep").warning("something", value=Unspeakable())

    lost = "a line of {} could not be written: ValueError"
    assert read().splitlines() == [lost.format("a.library"), lost.format("threadkeep")]


def test_a_host_that_keeps_its_own_log_sees_events_as_any_other_record(caplog: pytest.LogCaptureFixture) -> None:
    log_events("threadkeep").warning("sweep_postponed", reason="NetworkTimeout")

    (record,) = caplog.records
    assert record.getMessage() == "sweep_postponed reason=NetworkTimeout"
    assert record.msg == Event("sweep_postponed", {"reason": "NetworkTimeout"})


def test_a_host_that_keeps_its_own_log_does_not_see_the_words_of_exceptions_either(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        fail()
    except RuntimeError:
        log_events("threadkeep").error("internal_error", exc_info=True)

    assert "in fail" in caplog.text
    assert "builtins.RuntimeError" in caplog.text
    assert TEXT not in caplog.text


def test_machines_are_told_what_is_hard_to_write(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")

    log_events("threadkeep").info("something", text="\ud800", number=2**70, names={1: None}, event="another")

    said = json.loads(read())
    assert (said["text"], said["number"], said["names"]) == ("\ud800", 2**70, {"1": None})
    assert said["event"] == "something"


def test_a_library_writes_one_line_for_people_too(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="console")

    logging.getLogger("a.library").warning("it happened\n2026 [info] forged")

    assert len(read().splitlines()) == 1


def test_without_a_place_to_write_to_work_goes_on(configure_log: ConfigureLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr", None)
    configure_log()

    log_events("threadkeep").warning("something")


def test_a_line_outside_of_a_request_has_no_request_id(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")

    log_events("threadkeep").info("something")

    assert "request_id" not in read()


@pytest.mark.parametrize(("level", "count"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_what_matters_less_than_was_asked_for_is_left_out(configure_log: ConfigureLog, level: str, count: int) -> None:
    read = configure_log(log_level=level, log_format="json")
    for name in ("debug", "info", "warning", "error"):
        getattr(log_events("threadkeep"), name)("something")

    assert len(read().splitlines()) == count


def test_the_driver_never_tells_what_it_sends(configure_log: ConfigureLog) -> None:
    read = configure_log(log_level="debug")

    logging.getLogger("pymongo.command").debug(TEXT)
    logging.getLogger("pymongo").info(TEXT)

    assert read() == ""


def test_exceptions_that_lead_back_to_each_other_are_told_once_each(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")
    error, other = ValueError(TEXT), KeyError(TEXT)
    error.__cause__, other.__cause__ = other, error

    log_events("threadkeep.test").error("failed", exc_info=error)

    assert json.loads(read())["exception"] == "builtins.KeyError\n\nthen\n\nbuiltins.ValueError"
