from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from pymongo.uri_parser import parse_uri

from threadkeep.errors import StartupError
from threadkeep.mongodb_url import hosts_of, with_database
from threadkeep.settings import Settings

secrets = st.text(min_size=1, max_size=12)
hosts = st.lists(
    st.sampled_from(["db1", "db2.example.org:27018", "127.0.0.1:9", "[::1]", "[fe80::1]:27017"]), min_size=1, max_size=3
)


@given(password=secrets, named=hosts, path=st.sampled_from(["", "/", "/other", "/other?w=1", "/?w=1"]))
def test_hosts_are_shown_and_the_password_is_not(password: str, named: list[str], path: str) -> None:
    url = f"mongodb://ada:{quote(password, safe='')}@{','.join(named)}{path}"

    assert hosts_of(url) == named


@given(password=secrets, path=st.sampled_from(["", "/", "/other", "/?w=1", "/other?w=1&authSource=users"]))
def test_the_database_is_named_and_the_login_stays_valid(password: str, path: str) -> None:
    before = f"mongodb://ada:{quote(password, safe='')}@db1:1,db2:2{path}"

    after = parse_uri(with_database(before, "chats"))

    old = parse_uri(before)
    assert after["database"] == "chats"
    assert after["nodelist"] == old["nodelist"]
    assert (after["username"], after["password"]) == ("ada", password)
    assert after["options"]["authSource"] == (old["options"].get("authSource") or old["database"] or "admin")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("mongodb://h", "mongodb://h/chats"),
        ("mongodb://h/?w=1", "mongodb://h/chats?w=1"),
        ("mongodb+srv://u:p@c.example.org", "mongodb+srv://u:p@c.example.org/chats?authSource=admin"),
        (
            "mongodb://u@h/?authMechanism=MONGODB-X509&tls=true",
            "mongodb://u@h/chats?authMechanism=MONGODB-X509&tls=true",
        ),
        ("mongodb://%2Ftmp%2Fmongodb.sock", "mongodb://%2Ftmp%2Fmongodb.sock/chats"),
    ],
)
def test_other_parts_of_the_url_stay_as_they_are(url: str, expected: str) -> None:
    assert with_database(url, "chats") == expected


@pytest.mark.parametrize(
    "url",
    [
        "localhost:27017",
        "http://localhost:27017",
        "mongodb://",
        "mongodb:///chats",
        "mongodb://ada:se/cret@db1",
        "mongodb://ada:12/3@db1",
        "mongodb://ada:12?3@db1",
        "mongodb://ada:se@cret@db1",
        "mongodb://db 1",
    ],
)
def test_a_text_that_is_no_url_of_mongodb_is_refused_and_not_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THREADKEEP_MONGODB_URL", url)

    with pytest.raises(StartupError, match=r"^THREADKEEP_MONGODB_URL: must be like mongodb://") as refused:
        Settings.load()
    assert hosts_of(url) == []
    assert not {"localhost", "ada", "cret", "12"} & {*re.findall(r"\w+", str(refused.value))}


def test_the_target_names_the_database_and_its_place_without_the_password() -> None:
    on_mongodb = Settings(
        _env_file=None, mongodb_url=SecretStr("mongodb://ada:secret@db1,db2:2/?w=1"), database="chats"
    )
    embedded = Settings(_env_file=None, data_dir="/srv/keep")

    assert on_mongodb.target == "database chats on MongoDB at db1, db2:2"
    assert embedded.target == "database threadkeep in the data folder /srv/keep"
