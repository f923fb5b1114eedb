"""`threadkeep url` and `threadkeep mongosh`: the way to the database itself."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from pymongo import MongoClient

from threadkeep.cli import app
from threadkeep.embedded import EmbeddedServer
from threadkeep.tests.cli.every_command import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def execute(path: str, arguments: list[str], environment: dict[str, str]) -> None:
    """Run a program, in place of `os.execve`, which would replace the process of the tests."""
    subprocess.run([path, *arguments[1:]], env=environment, check=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder on whose data an embedded server runs, as a service starts it."""
    folder = tmp_path_factory.mktemp("service")
    with EmbeddedServer(folder / "data") as server, MongoClient[dict[str, Any]](server.url) as client:
        client["threadkeep"]["api_keys"].insert_one({"_id": "tk_12345678"})
        yield folder


@pytest.fixture
def in_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("THREADKEEP_DATA_DIR", "data")
    return folder


@pytest.fixture
def mongosh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in place of mongosh, which writes down its arguments and the URL in its environment."""
    program, noted = tmp_path / "mongosh", tmp_path / "noted"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$THREADKEEP_MONGOSH_URL" "$@" > {noted}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    monkeypatch.setattr(os, "execve", execute)
    return noted


@pytest.mark.usefixtures("in_folder")
def test_the_url_opens_the_database_of_the_running_service() -> None:
    printed = run("url")

    with MongoClient[dict[str, Any]](printed.stdout.strip()) as client:
        assert client.get_default_database().name == "threadkeep"
        assert client.get_default_database()["api_keys"].count_documents({}) == 1
    assert len(printed.stdout.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.usefixtures("in_folder")
def test_mongosh_gets_the_url_where_other_users_cannot_read_it(mongosh: Path) -> None:
    assert run("mongosh", "--quiet", "--eval", "db.threads.countDocuments()").exit_code == 0
    target, *arguments = mongosh.read_text().splitlines()
    run("mongosh")
    alone = mongosh.read_text().splitlines()[1:]

    assert target == run("url").stdout.strip()
    assert "mongodb://" not in " ".join(arguments)
    assert arguments[-3:] == ["--quiet", "--eval", "db.threads.countDocuments()"]
    assert "--shell" not in arguments
    assert "--shell" in alone


@pytest.mark.usefixtures("in_folder")
def test_a_missing_mongosh_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    refused = run("mongosh")

    assert refused.exit_code == 1
    assert "mongosh is not installed: install it" in refused.stderr
    assert "`threadkeep url`" in refused.stderr


def test_a_folder_without_a_running_server_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/database").mkdir(parents=True)
    (tmp_path / "data/database/WiredTiger").touch()

    refused = run("url", "--data-dir", "data")

    assert refused.exit_code == 1
    assert f"No server runs on {tmp_path}/data: start `threadkeep serve` there" in refused.stderr


def test_the_url_of_an_own_mongodb_names_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", "mongodb://ada:secret@db1/?replicaSet=rs0")
    monkeypatch.setenv("THREADKEEP_DATABASE", "chats")
    printed = run("url")

    assert printed.stdout == "mongodb://ada:secret@db1/chats?authSource=admin&replicaSet=rs0\n"
    assert printed.stderr == "Using database chats on MongoDB at db1.\n"


@pytest.mark.slow
@pytest.mark.skipif(not (shutil.which("mongosh")), reason="mongosh is not installed: npm install mongosh")
@pytest.mark.usefixtures("in_folder")
def test_the_real_mongosh_opens_the_database(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "execve", execute)
    with pytest.raises(SystemExit):
        app(["mongosh", "--quiet", "--eval", "print(db.getName(), db.api_keys.countDocuments())"])

    assert capfd.readouterr().out == "threadkeep 1\n"
