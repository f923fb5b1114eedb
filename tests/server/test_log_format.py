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


def raise_error() -> None:
    raise ValueError(TEXT)


def fail() -> None:
    try:
        raise_error()
    except ValueError as error:
        raise RuntimeError(f"while handling {TEXT}") from error


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("logger", ["ours", "a library's"])
def test_the_log_of_an_exception_has_its_lines_of_code_and_not_its_message(
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

    log = read()
    assert "internal_error" in log
    assert Path(__file__).name in log
    assert "in fail" in log
    assert log.index("builtins.ValueError") < log.index("builtins.RuntimeError")
    assert TEXT not in log
    assert "secret" not in log


@pytest.mark.slow
def test_an_unhandled_exception_is_logged_without_its_message(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")

    async def forget() -> None:
        asyncio.get_running_loop().set_exception_handler(log_unhandled)
        asyncio.get_running_loop().create_future().set_exception(RuntimeError(TEXT))
        gc.collect()

    asyncio.run(forget())

    log = read()
    assert json.loads(log)["event"] == "unhandled"
    assert "RuntimeError" in log
    assert TEXT not in log


def test_a_json_line_has_the_standard_fields(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")
    token = REQUEST_ID.set("req_1")
    log_events("threadkeep").info("something", count=1)
    logging.getLogger("a.library").warning("%s happened", "it")
    REQUEST_ID.reset(token)

    ours, theirs = (json.loads(line) for line in read().splitlines())
    assert ours.pop("timestamp") <= theirs.pop("timestamp")
    assert ours == {"event": "something", "count": 1, "level": "info", "logger": "threadkeep", "request_id": "req_1"}
    assert theirs == {"event": "it happened", "level": "warning", "logger": "a.library", "request_id": "req_1"}


def test_a_console_line_is_one_line_with_any_field_values(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="console")
    token = REQUEST_ID.set("req_1")

    log_events("threadkeep").warning("waiting", reason="refused\n2026 [info] forged", count=1)

    REQUEST_ID.reset(token)
    moment, _, rest = read().partition(" ")
    assert moment.endswith("Z")
    assert rest == "[warning ] waiting [threadkeep] reason='refused\\n2026 [info] forged' count=1 request_id=req_1\n"


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_the_error_of_a_line_that_cannot_be_written_has_no_message(
    configure_log: ConfigureLog, log_format: str
) -> None:
    class Unprintable:
        def __str__(self) -> str:
            raise ValueError(TEXT)

    read = configure_log(log_format=log_format)
    logging.getLogger("a.library").warning("%s", Unprintable())
    log_events("threadkeep").warning("something", value=Unprintable())

    lost = "a line of {} could not be written: ValueError"
    assert read().splitlines() == [lost.format("a.library"), lost.format("threadkeep")]


def test_a_host_with_its_own_log_gets_events_as_normal_records(caplog: pytest.LogCaptureFixture) -> None:
    log_events("threadkeep").warning("sweep_postponed", reason="NetworkTimeout")

    (record,) = caplog.records
    assert record.getMessage() == "sweep_postponed reason=NetworkTimeout"
    assert record.msg == Event("sweep_postponed", {"reason": "NetworkTimeout"})


def test_a_host_with_its_own_log_gets_exceptions_without_their_message(
    caplog: pytest.LogCaptureFixture,
) -> None:
    try:
        fail()
    except RuntimeError:
        log_events("threadkeep").error("internal_error", exc_info=True)

    assert "in fail" in caplog.text
    assert "builtins.RuntimeError" in caplog.text
    assert TEXT not in caplog.text


def test_json_lines_contain_unusual_values(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")

    log_events("threadkeep").info("something", text="\ud800", number=2**70, names={1: None}, event="another")

    log = json.loads(read())
    assert (log["text"], log["number"], log["names"]) == ("\ud800", 2**70, {"1": None})
    assert log["event"] == "something"


def test_a_console_line_of_a_library_is_one_line(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="console")

    logging.getLogger("a.library").warning("it happened\n2026 [info] forged")

    assert len(read().splitlines()) == 1


def test_logging_without_standard_error_does_nothing(
    configure_log: ConfigureLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", None)
    configure_log()

    log_events("threadkeep").warning("something")


def test_a_line_outside_of_a_request_has_no_request_id(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")

    log_events("threadkeep").info("something")

    assert "request_id" not in read()


@pytest.mark.parametrize(("level", "count"), [("debug", 4), ("info", 3), ("warning", 2), ("error", 1)])
def test_events_below_the_log_level_are_omitted(configure_log: ConfigureLog, level: str, count: int) -> None:
    read = configure_log(log_level=level, log_format="json")
    for name in ("debug", "info", "warning", "error"):
        getattr(log_events("threadkeep"), name)("something")

    assert len(read().splitlines()) == count


def test_the_driver_logs_no_commands(configure_log: ConfigureLog) -> None:
    read = configure_log(log_level="debug")

    logging.getLogger("pymongo.command").debug(TEXT)
    logging.getLogger("pymongo").info(TEXT)

    assert read() == ""


def test_exceptions_that_cause_each_other_are_logged_once_each(configure_log: ConfigureLog) -> None:
    read = configure_log(log_format="json")
    error, other = ValueError(TEXT), KeyError(TEXT)
    error.__cause__, other.__cause__ = other, error

    log_events("threadkeep.test").error("failed", exc_info=error)

    assert json.loads(read())["exception"] == "builtins.KeyError\n\nthen\n\nbuiltins.ValueError"
