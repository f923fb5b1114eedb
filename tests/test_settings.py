from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from threadkeep.errors import StartupError
from threadkeep.settings import Limits, Settings, is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Run in a folder without `.env` and without `THREADKEEP_` variables."""
    for name in list(os.environ):
        if name.upper().startswith("THREADKEEP_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Returns a function that sets `THREADKEEP_` variables; its arguments are their names without the prefix."""

    def set_variables(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"THREADKEEP_{name.upper()}", value)

    return set_variables


def test_every_setting_has_a_default() -> None:
    settings = Settings.load()

    assert settings.mongodb_url is None
    assert (settings.host, settings.port, settings.database) == ("127.0.0.1", 8000, "threadkeep")
    assert settings.data_dir == Path("threadkeep-data")
    assert settings.auth


def test_environment_is_read(environment: Callable[..., None]) -> None:
    environment(mongodb_url="mongodb://db", database="talks", host="::1", port="0", data_dir="/data", log_format="json")

    settings = Settings.load()

    assert settings.mongodb_url is not None
    assert settings.mongodb_url.get_secret_value() == "mongodb://db"
    assert (settings.database, settings.host, settings.port) == ("talks", "::1", 0)
    assert (settings.data_dir, settings.log_format) == (Path("/data"), "json")


def test_env_file_is_read_and_the_environment_wins(environment: Callable[..., None]) -> None:
    Path(".env").write_text("THREADKEEP_PORT=9000\nTHREADKEEP_DATABASE=talks\nSOMEBODY_ELSES=1\n")
    environment(port="9001")

    settings = Settings.load()

    assert (settings.port, settings.database) == (9001, "talks")


def test_arguments_win_over_the_environment_unless_they_are_none(environment: Callable[..., None]) -> None:
    environment(port="9001", host="::1")

    settings = Settings.load(port=9002, host=None)

    assert (settings.port, settings.host) == (9002, "::1")


def test_an_empty_variable_counts_as_not_set(environment: Callable[..., None]) -> None:
    environment(port="", mongodb_url="")

    assert (Settings.load().port, Settings.load().mongodb_url) == (8000, None)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings.load().port = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "eighty"),
        ("port", "70000"),
        ("port", "-1"),
        ("database", "a.b"),
        ("database", "a b"),
        ("database", "x" * 64),
        ("log_level", "loud"),
        ("log_format", "xml"),
        ("key_cache_seconds", "-1"),
        ("key_cache_seconds", "3600"),
        ("database_timeout_seconds", "0"),
        ("max_page", "0"),
        ("max_nesting", "99"),
        ("max_message_bytes", "15000000"),
        ("max_metadata_bytes", "2000000"),
        ("max_participants", "100000"),
        ("auth", "perhaps"),
        ("sweep_seconds", "0"),
    ],
)
def test_an_invalid_value_is_named_in_one_line(environment: Callable[..., None], name: str, value: str) -> None:
    environment(**{name: value})

    with pytest.raises(StartupError) as refused:
        Settings.load()
    assert str(refused.value).startswith(f"THREADKEEP_{name.upper()}: ")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("where", ["environment", ".env"])
def test_an_unknown_setting_is_refused_with_the_most_similar_name(environment: Callable[..., None], where: str) -> None:
    if where == ".env":
        Path(".env").write_text("THREADKEEP_MONGO_URL=mongodb://db\n")
    else:
        environment(mongo_url="mongodb://db")

    with pytest.raises(
        StartupError, match="THREADKEEP_MONGO_URL is not a setting; did you mean THREADKEEP_MONGODB_URL"
    ):
        Settings.load()


def test_an_env_file_that_is_not_utf8_is_refused() -> None:
    Path(".env").write_bytes("THREADKEEP_DATABASE=gespräche\n".encode("latin-1"))

    with pytest.raises(StartupError, match="not UTF-8"):
        Settings.load()


def test_variables_of_the_client_and_of_the_tests_are_ignored(environment: Callable[..., None]) -> None:
    environment(api_key="tk_x", url="http://x", test_mongodb_url="mongodb://x", bench_seconds="1")

    assert Settings.load().port == 8000


SERVICE_LINKS = {
    "service_host": "10.0.0.1",
    "service_port": "80",
    "service_port_http": "80",
    "service_port_http_2": "81",
    "port": "tcp://10.0.0.1:80",
    "port_80_tcp": "tcp://10.0.0.1:80",
    "port_80_tcp_proto": "tcp",
    "port_80_tcp_port": "80",
    "port_80_tcp_addr": "10.0.0.1",
}


def test_variables_that_kubernetes_makes_for_a_service_of_this_name_are_ignored(
    environment: Callable[..., None],
) -> None:
    Path(".env").write_text("THREADKEEP_PORT=9000\n")
    environment(**SERVICE_LINKS)

    assert Settings.load().port == 9000


@pytest.mark.parametrize("value", ["tcp://10.0.0.1:80", "tcp://[fd00::1]:80"])
def test_an_address_that_kubernetes_makes_leaves_the_default_port(environment: Callable[..., None], value: str) -> None:
    environment(port=value)

    assert Settings.load().port == 8000


@pytest.mark.parametrize(
    "name",
    ["service", "service_hosts", "service_ports", "port_tcp", "port_x_tcp", "port_80_tcp_x", "port_80_tcp_port_x"],
)
def test_names_that_resemble_those_of_kubernetes_are_refused(environment: Callable[..., None], name: str) -> None:
    environment(**{name: "1"})

    with pytest.raises(StartupError, match=f"THREADKEEP_{name.upper()} is not a setting"):
        Settings.load()


@pytest.mark.parametrize("value", ["tcp://", "tcp://10.0.0.1", "udp://10.0.0.1:80", "tcp://10.0.0.1:80/x"])
def test_a_port_that_resembles_an_address_of_kubernetes_is_refused(
    environment: Callable[..., None], value: str
) -> None:
    environment(port=value)

    with pytest.raises(StartupError, match="THREADKEEP_PORT: "):
        Settings.load()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org", ""])  # noqa: S104  that is the point
def test_authentication_can_be_switched_off_only_on_loopback(environment: Callable[..., None], host: str) -> None:
    environment(auth="false")

    with pytest.raises(StartupError, match="needs a loopback host"):
        Settings.load(host=host)
    assert not Settings.load(host="127.0.0.1").auth


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("127.0.0.1.example.org", False),
    ],
)
def test_hosts_of_this_machine_are_loopback_and_others_are_not(host: str, loopback: bool) -> None:  # noqa: FBT001  an expectation
    assert is_loopback(host) is loopback


@pytest.mark.parametrize("key", ["secret", "tk_short", "x" * 40, "tk_" + "ü" * 40, "tk_" + "x" * 31 + "\n"])
def test_weak_admin_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(StartupError, match="THREADKEEP_ADMIN_KEY must be") as refused:
        Settings.load(admin_key=key)

    assert key.strip() not in str(refused.value)


def test_secrets_are_not_in_the_repr() -> None:
    settings = Settings.load(admin_key="tk_" + "x" * 32, mongodb_url="mongodb://ada:password@db")

    assert "password" not in repr(settings)
    assert "xxx" not in repr(settings)


def test_wrong_value_is_not_repeated(environment: Callable[..., None]) -> None:
    environment(port="my secret")

    with pytest.raises(StartupError) as refused:
        Settings.load()
    assert "my secret" not in str(refused.value)


def test_origins_are_separated_by_commas(environment: Callable[..., None]) -> None:
    environment(cors_origins="https://a.example, https://b.example,")

    assert Settings.load().cors_origins == ("https://a.example", "https://b.example")


def test_limits_contain_the_settings_of_services(environment: Callable[..., None]) -> None:
    environment(max_page="7", max_batch="5")

    assert Settings.load().limits == Limits(max_page=7, max_batch=5)


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_is_in_the_environment_example(name: str) -> None:
    """Users copy `.env.example`."""
    example: Any = (Path(__file__).parents[1] / ".env.example").read_text()

    assert f"THREADKEEP_{name.upper()}=" in example
