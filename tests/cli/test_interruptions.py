"""Commands whose output nobody reads any more, that are interrupted, or that get arguments of any kind."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from threadkeep.cli import app
from threadkeep.tests.cli.every_command import COMMANDS, SAMPLE, complete, run

if TYPE_CHECKING:
    from pathlib import Path

PARAMETERS = {
    name: [param for param in command.params if not getattr(param, "is_flag", False)]
    for name, command in COMMANDS.items()
    if name not in {"serve", "mongosh"}  # they replace the process
}
"""The options and arguments with values, by command."""
odd_texts = st.text(max_size=40) | st.sampled_from(
    [
        "",
        "-",
        "--",
        ".",
        "..",
        "/",
        "\x00",
        "\udcff",
        "\x1b[2J",
        "0",
        "-1",
        "1e9",
        "9" * 40,
        "0001-01-01",
        "9999-12-31",
        "%s",
        "x" * 5000,
    ]
)


@pytest.fixture
def on_mongodb(mongo_url: str, emptied_database_name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", emptied_database_name)
    monkeypatch.setenv("THREADKEEP_DATABASE_TIMEOUT_SECONDS", "30")


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(command, marks=[pytest.mark.slow] if command in {"export", "mcp"} else [])  # they import much
        for command in PARAMETERS
    ],
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, phases=[Phase.generate])
@given(data=st.data())
def test_no_argument_leads_to_a_traceback(
    command: str, data: st.DataObject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No MongoDB listens, so that every argument is checked and no command goes on."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", "mongodb://127.0.0.1:9")
    param, value = data.draw(st.sampled_from(PARAMETERS[command])), data.draw(odd_texts)
    is_option = param.param_type_name == "option"
    words = [*complete(command), f"{param.opts[-1]}={value}"] if is_option else [*command.split(), "--", value]

    result = run(*words)

    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in ({0, 2} if command == "url" else {1, 2})
    assert all(character.isprintable() or character == "\n" for character in result.stderr)


@pytest.mark.slow
@pytest.mark.usefixtures("on_mongodb")
@pytest.mark.parametrize("value", ["\x00", "\udcff", "x" * 5000, "", "a\nb", "9" * 40])
@pytest.mark.parametrize(
    "command",
    [
        "users create --full-name",
        "users create --email",
        "users list --email",
        "users erase --yes",
        "keys create --name",
        "keys create --scope user --user",
        "keys list --user",
        "keys revoke",
        "threads list --user",
        "threads show",
        "threads delete --yes",
        "export - --user",
    ],
)
def test_no_value_that_reaches_the_database_leads_to_a_traceback(command: str, value: str) -> None:
    run("keys", "create")

    result = run(*command.split(), value)

    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "\x00" not in result.output


@pytest.mark.slow
@pytest.mark.usefixtures("on_mongodb")
@pytest.mark.parametrize("command", ["threads list", "threads list --json", "export -", "users list", "check"])
def test_a_reader_that_stops_reading_ends_a_command_silently(
    command: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("import", SAMPLE)
    reading, writing = os.pipe()
    os.close(reading)
    pipe = os.fdopen(writing, "w", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", pipe)
        with pytest.raises(SystemExit) as ended:
            app(command.split())
    with suppress(BrokenPipeError):  # it still holds the text that nobody read
        pipe.close()

    assert ended.value.code == 1
    assert [line for line in capfd.readouterr().err.splitlines() if not line.startswith("Using ")] == []


@pytest.mark.slow
@pytest.mark.usefixtures("on_mongodb")
def test_head_ends_a_command_silently() -> None:
    run("import", SAMPLE)
    script = f"'{sys.executable}' -m threadkeep export - | head -1"

    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.startswith('{"object":"export"')
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.usefixtures("on_mongodb")
def test_an_interruption_ends_a_command_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("threadkeep.services.KeyService.list_keys", interrupt)
    run("keys", "create")

    result = run("keys", "list")

    assert result.exit_code == 130
    assert "Traceback" not in result.output
