from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from threadkeep.tests.cli.every_command import run

if TYPE_CHECKING:
    from pymongo import MongoClient

    Mongo = MongoClient[dict[str, Any]]


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, mongo_url: str, database_name: str) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", mongo_url)
    monkeypatch.setenv("THREADKEEP_DATABASE", database_name)


@pytest.mark.slow
def test_a_key_is_printed_once_listed_without_its_secret_and_revoked() -> None:
    plain = run("keys", "create", "--scope", "admin", "--name", "mine").stdout.strip()
    listed = run("keys", "list").stdout
    revoked = run("keys", "revoke", plain[:11])

    assert plain.startswith("tk_")
    assert listed.startswith(f"{plain[:11]}\tadmin\tyes\t")
    assert listed.endswith("\tnever\t\tmine\n")
    assert plain not in listed
    assert revoked.exit_code == 0
    assert run("keys", "list").stdout.startswith(f"{plain[:11]}\tadmin\tno\t")


def test_a_new_key_is_printed_as_json() -> None:
    made = json.loads(run("keys", "create", "--name", "mine", "--json").stdout)

    assert made["plain_key"].startswith(made["details"]["prefix"])


def test_a_whole_key_is_revoked_by_its_prefix_and_not_printed() -> None:
    plain = run("keys", "create").stdout.strip()
    revoked = run("keys", "revoke", plain)

    assert (revoked.exit_code, revoked.stdout) == (0, f"{plain[:11]}… is revoked.\n")
    assert plain not in revoked.output


def test_a_key_is_revoked_by_as_many_characters_as_no_other_key_begins_with() -> None:
    plain = run("keys", "create", "--name", "bot").stdout.strip()

    assert run("keys", "revoke", plain[:5]).stdout == f"{plain[:11]}… is revoked.\n"


def test_an_ambiguous_prefix_is_refused_with_the_keys_that_it_fits(mongo: Mongo, database_name: str) -> None:
    plain = run("keys", "create", "--name", "bot").stdout.strip()
    stored = mongo[database_name]["api_keys"].find_one({"_id": plain[:11]})
    assert stored is not None
    mongo[database_name]["api_keys"].insert_one({**stored, "_id": "tk_zzzzzzzz", "name": "\x1b[31mred"})
    mongo[database_name]["api_keys"].insert_one({**stored, "_id": "tk_zzzzzzzy", "name": "other"})

    refused = run("keys", "revoke", "tk_zzz")

    assert refused.exit_code == 1
    assert "2 keys begin with 'tk_zzz': name more characters." in refused.stderr
    assert {"tk_zzzzzzzz", "tk_zzzzzzzy"} <= {*refused.stderr.split()}
    assert "\x1b" not in refused.stderr
    assert run("keys", "list").stdout.count("\tyes\t") == 3


@pytest.mark.parametrize("prefix", ["", "tk_", "x"])
def test_a_prefix_that_is_too_short_is_refused(prefix: str) -> None:
    run("keys", "create")

    assert run("keys", "revoke", prefix).exit_code == 2
    assert "\tno\t" not in run("keys", "list").stdout


def test_an_invalid_scope_and_an_unknown_key_are_errors() -> None:
    run("keys", "create")
    scope, key = run("keys", "create", "--scope", "owner"), run("keys", "revoke", "tk_nothing00")

    assert (scope.exit_code, key.exit_code) == (2, 1)
    assert "'--scope': 'owner' is not one of 'admin', 'service', 'user'." in scope.stderr
    assert key.stderr.endswith("API key 'tk_nothing0' does not exist. `threadkeep keys list` shows all keys.\n")


def test_a_rule_of_the_services_is_told_with_the_name_of_the_option() -> None:
    refused = run("users", "create", "--email", "nobody")
    long = run("keys", "create", "--name", "x" * 1000)

    assert (refused.exit_code, long.exit_code) == (2, 2)
    assert "Invalid value for '--email': " in refused.stderr
    assert "Invalid value for '--name': " in long.stderr


def test_users_are_created_and_listed() -> None:
    user_id = run("users", "create", "--full-name", "Ada", "--email", "ada@example.org").stdout.strip()
    (line,) = run("users", "list", "--email", "ada@example.org").stdout.splitlines()
    record = json.loads(run("users", "list", "--json").stdout)

    assert line.split("\t")[::2] == [user_id, "ada@example.org"]
    assert line.endswith("\tAda")
    assert (record["id"], record["email"], record["full_name"]) == (user_id, "ada@example.org", "Ada")


@pytest.mark.slow
def test_a_list_that_goes_on_says_so_beside_the_list() -> None:
    ids = [run("users", "create").stdout.strip() for _ in range(3)]
    shown = run("users", "list", "--limit", "2")

    assert [line.split("\t")[0] for line in shown.stdout.splitlines()] == ids[:0:-1]
    assert shown.stderr.endswith("There are more. To see them: --limit 20\n")
    assert "more" not in run("users", "list", "--limit", "3").stderr


def test_erasing_a_user_needs_a_yes() -> None:
    user_id = run("users", "create", "--full-name", "Ada").stdout.strip()
    unasked, erased = run("users", "erase", user_id), run("users", "erase", user_id, "--yes")
    again = run("users", "erase", user_id, "--yes")

    assert (unasked.exit_code, erased.exit_code, again.exit_code) == (2, 0, 1)
    assert "--yes" in unasked.stderr
    assert erased.stdout.startswith(f"{user_id} is erased: 0 threads deleted")
    assert "`threadkeep users list`" in again.stderr


@pytest.mark.parametrize(("name", "value"), [("PORT", "99999"), ("ADMIN_KEY", "short"), ("LOG_LEVEL", "loud")])
def test_an_invalid_setting_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"THREADKEEP_{name}", value)

    result = run("check")

    assert result.exit_code == 1
    assert f"THREADKEEP_{name}" in result.stderr
    assert len(result.stderr.splitlines()) == 1
