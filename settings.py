"""The settings. They are read once from the environment and `.env`, and do not change after that."""

from __future__ import annotations

import ipaddress
import os
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from dotenv import dotenv_values
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, EnvSettingsSource, NoDecode, SettingsConfigDict

from .errors import StartupError
from .mongodb_url import hosts_of
from .service_links import is_service_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic_settings import PydanticBaseSettingsSource

PREFIX = "THREADKEEP_"
# Variables of the Python client, the tests and the benchmarks: the service does not read them.
_NOT_SETTINGS = ("THREADKEEP_API_KEY", "THREADKEEP_URL", "THREADKEEP_TEST_", "THREADKEEP_BENCH_")
_KIB, _MIB = 1024, 1024 * 1024


class Limits(BaseModel):
    """The limits of one request. A request above a limit is refused as early as possible."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_body_bytes: PositiveInt = 16 * _MIB
    """Bytes in the body of one request."""
    max_message_bytes: Annotated[int, Field(ge=1, le=14 * _MIB)] = 8 * _MIB
    """Bytes of one message with all its fields except `meta_data`. MongoDB's own limit is 16 MiB a document."""
    max_metadata_bytes: Annotated[int, Field(ge=1, le=_MIB)] = 64 * _KIB
    """Bytes of `meta_data` or `tool_resources` as JSON. In the database a number takes up to seven times as much."""
    max_metadata_keys: PositiveInt = 1000
    """Keys of `meta_data` or `tool_resources`. The database keeps an index entry for each key of a thread's `meta_data`."""
    max_nesting: Annotated[int, Field(ge=1, le=90)] = 64
    """Levels of nested objects and arrays. MongoDB's own limit is 100."""
    max_participants: Annotated[int, Field(ge=1, le=10_000)] = 200
    """Participants of one thread."""
    max_batch: PositiveInt = 1000
    """Messages that one call may write."""
    max_body_elements: PositiveInt = 50_000
    """Keys and values of all objects and arrays in the body of one request. Each may take 90 bytes of memory."""
    max_message_elements: PositiveInt = 20_000
    """Keys and values in the parts, attachments, tool calls and item of one message, and chunks of an unfinished message."""
    max_filter_keys: PositiveInt = 16
    """Keys of `meta_data` in one search for threads."""
    max_page: PositiveInt = 1000
    """Messages that one request may read."""
    max_page_elements: PositiveInt = 100_000
    """Keys and values in the free fields of the entries of one page. The page ends with the entry that exceeds it."""
    max_records_page: PositiveInt = 100
    """Threads or users that one request may read."""
    max_keys_per_user: PositiveInt = 50
    """Active API keys of one user."""
    max_import_bytes: PositiveInt = 512 * _MIB
    """Bytes of a file that `POST /v1/imports` takes. The database holds it until its import ends."""
    max_import_unpacked_bytes: PositiveInt = 4096 * _MIB
    """Bytes to which the compressed files of such an import may unpack."""
    max_imports: PositiveInt = 3
    """Imports of one user, or of one key that is for no user, that may wait or run at the same time."""
    participants_see_names: bool = False
    """Whether the key of a user shows the names of the other participants of a thread. It never shows their addresses."""
    audit_days: Annotated[int, Field(ge=1, le=36_500)] = 400
    """Days for which an entry of the audit trail is kept. A change has an effect on new entries."""
    max_analytics_seconds: Annotated[float, Field(gt=0, le=3600)] = 20
    """Seconds that one analytics query may take."""


class Settings(BaseSettings, Limits):
    """All settings of the service. Each one is read from the environment variable `THREADKEEP_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    mongodb_url: SecretStr | None = None
    """The URL of MongoDB. Without it, the embedded server is started."""
    database: Annotated[str, Field(pattern=r"^[^/\\. \"$*<>:|?\x00]{1,63}$")] = "threadkeep"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """The port to listen on. 0 takes any free port."""
    data_dir: Path = Path("threadkeep-data")
    """The folder for the data of the embedded server."""
    admin_key: SecretStr | None = None
    """The admin key: `tk_` and at least 32 characters. Without it, the first start creates an admin key and prints it."""
    auth: bool = True
    """If False, every request has the rights of an admin. Only allowed if `host` is a loopback address."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    access_log: bool = False
    """Log one line for each request: method, route, status and duration, never the content."""
    key_cache_seconds: Annotated[float, Field(ge=0, le=60)] = 5
    """Seconds for which a verified key is cached. A revoked key works at most this much longer."""
    database_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 5
    """Seconds that one database operation may take. After that, the request is answered with 503."""
    max_connections: PositiveInt = 100
    """Connections from one process to each member of MongoDB."""
    max_concurrent_requests: PositiveInt = 200
    """Requests that one process works on at the same time."""
    max_waiting_requests: Annotated[int, Field(ge=0)] = 400
    """Requests that may wait for an admission slot. The next one is answered with 503."""
    max_bodies_bytes: PositiveInt = 64 * _MIB
    """Bytes of request bodies that one process holds in memory. Bodies up to 64 KiB do not count; further ones wait."""
    max_responses_bytes: PositiveInt = 256 * _MIB
    """Bytes of responses that one process keeps in memory at once, responses of up to 64 KiB not counted."""
    max_key_share: Annotated[float, Field(gt=0, le=1)] = 0.5
    """The share of requests in work, of waiting requests, of bodies and of responses that one API key may hold at once."""
    key_requests_per_second: Annotated[float, Field(ge=0)] = 5000
    """Requests per second of one admin key or service key in one process. 0 sets no limit."""
    user_key_requests_per_second: Annotated[float, Field(ge=0)] = 100
    """Requests per second of all keys of one user in one process. 0 sets no limit."""
    key_bytes_per_second: Annotated[float, Field(ge=0)] = 256 * _MIB
    """Bytes of bodies and responses per second of one API key in one process. 0 sets no limit."""
    max_client_connections: PositiveInt = 1000
    """Connections from clients to one process. The next one is answered with 503."""
    request_timeout_seconds: Annotated[float, Field(gt=0)] = 30
    """Seconds a request may take, with its wait for a slot and without the arrival of its body. After that, it gets a 503."""
    receive_timeout_seconds: Annotated[float, Field(gt=0)] = 30
    """Seconds a client may take to send a request, or to continue reading a response."""
    min_bytes_per_second: PositiveInt = 4096
    """The least rate, in bytes per second, at which a client must send a body and read a response, after 10 seconds."""
    send_timeout_seconds: Annotated[float, Field(gt=0)] = 300
    """How long a client may take to read one response."""
    shutdown_seconds: Annotated[float, Field(ge=0)] = 10
    """Seconds that running requests may still take after SIGTERM."""
    sweep_seconds: Annotated[float, Field(gt=0)] = 30
    """Seconds between two runs of the sweeper, which completes the work of killed processes."""
    rollup_seconds: Annotated[float, Field(ge=0)] = 300
    """Seconds between two updates of the daily facts. With 0, only `threadkeep rollup` updates them."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Web origins whose pages may call the API, separated by commas. Empty by default: no origin may."""

    @field_validator("mongodb_url")
    @classmethod
    def _names_a_host(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None and not hosts_of(url.get_secret_value()):
            raise ValueError(
                "must be like mongodb://user:password@host:27017; percent-encode other characters in user and password"
            )
        return url

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _split_origins(cls, origins: object) -> object:
        if isinstance(origins, str):
            return tuple(part.strip() for part in origins.split(",") if part.strip())
        return origins

    @model_validator(mode="after")
    def _auth_off_only_on_loopback(self) -> Self:
        if not self.auth and not is_loopback(self.host):
            raise ValueError(f"THREADKEEP_AUTH=false needs a loopback host, not {self.host!r}")
        return self

    @model_validator(mode="after")
    def _a_body_fits_in_memory(self) -> Self:
        if self.max_bodies_bytes < self.max_body_bytes:
            raise ValueError(f"THREADKEEP_MAX_BODIES_BYTES must be at least max_body_bytes, {self.max_body_bytes:,}")
        return self

    @model_validator(mode="after")
    def _admin_key_is_strong(self) -> Self:
        if self.admin_key is not None:
            key = self.admin_key.get_secret_value()
            if not (key.startswith("tk_") and len(key) >= 3 + 32 and key.isascii() and key.isprintable()):
                raise ValueError("THREADKEEP_ADMIN_KEY must be tk_ and at least 32 printable ASCII characters")
        return self

    @property
    def limits(self) -> Limits:
        """The limits of requests, without the other settings."""
        return Limits(**{name: getattr(self, name) for name in Limits.model_fields})

    @property
    def target(self) -> str:
        """Where the data is, for people: the database, and its hosts or its data folder. Contains no secret."""
        if self.mongodb_url is None:
            return f"database {self.database} in the data folder {self.data_dir.absolute()}"
        return f"database {self.database} on MongoDB at {', '.join(hosts_of(self.mongodb_url.get_secret_value()))}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment without the variables that Kubernetes makes."""
        if isinstance(env_settings, EnvSettingsSource):
            read = env_settings.env_vars.items()
            env_settings.env_vars = {name: value for name, value in read if not is_service_link(name.upper(), value)}
        return super().settings_customise_sources(
            settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
        )

    @classmethod
    def load(cls, **overrides: object) -> Settings:
        """Settings from the environment and `.env`; `overrides` that are not None come first.

        Raises `StartupError` for an unknown variable, an invalid value, or a `.env` that is not UTF-8. The error is one line
        and names the variable or the file.
        """
        _refuse_unknown(name for name, value in os.environ.items() if not is_service_link(name, value))
        try:
            _refuse_unknown(dotenv_values(".env"))
        except UnicodeDecodeError as error:
            raise StartupError("The file .env is not UTF-8 text: save it as UTF-8.") from error
        try:
            return cls(**{name: value for name, value in overrides.items() if value is not None})  # type: ignore[arg-type]
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)[0]
            name = f"{PREFIX}{found['loc'][0]}: ".upper() if found["loc"] else ""
            raise StartupError(f"{name}{found['msg'].removeprefix('Value error, ')}") from error


def _refuse_unknown(names: Iterable[str]) -> None:
    for name in names:
        upper = name.upper()
        if not upper.startswith(PREFIX) or upper.startswith(_NOT_SETTINGS):
            continue
        if upper.removeprefix(PREFIX).lower() not in Settings.model_fields:
            near = get_close_matches(upper, [f"{PREFIX}{field.upper()}" for field in Settings.model_fields], n=1)
            raise StartupError(f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else "."))


def is_loopback(host: str) -> bool:
    """Whether `host` is a loopback address, which only this machine can reach."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
