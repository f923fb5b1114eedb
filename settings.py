"""Settings: read once from the environment and `.env`, then frozen."""

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
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from .errors import StartupError

if TYPE_CHECKING:
    from collections.abc import Iterable

PREFIX = "THREADKEEP_"
# Read by others than the service: the Python client, the tests and the benchmarks.
_NOT_SETTINGS = ("THREADKEEP_API_KEY", "THREADKEEP_URL", "THREADKEEP_TEST_", "THREADKEEP_BENCH_")
_KIB, _MIB = 1024, 1024 * 1024


class Limits(BaseModel):
    """What one request may ask for; each is refused as early as it can be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_body_bytes: PositiveInt = 16 * _MIB
    """The body of one request."""
    max_message_bytes: Annotated[int, Field(ge=1, le=14 * _MIB)] = 8 * _MIB
    """One message with all its parts but `meta_data`; MongoDB's own limit is 16 MiB."""
    max_metadata_bytes: Annotated[int, Field(ge=1, le=_MIB)] = 64 * _KIB
    """`meta_data` or `tool_resources` as JSON; numbers take up to seven times as much in the database."""
    max_nesting: Annotated[int, Field(ge=1, le=90)] = 64
    """Levels of objects and arrays in each other; MongoDB's own limit is 100."""
    max_participants: Annotated[int, Field(ge=1, le=10_000)] = 200
    max_batch: PositiveInt = 1000
    """Messages written by one call."""
    max_page: PositiveInt = 1000
    """Messages read by one request."""
    max_records_page: PositiveInt = 100
    """Threads or users read by one request."""
    max_analytics_seconds: Annotated[float, Field(gt=0, le=3600)] = 20
    """How long one question of analytics may take."""


class Settings(BaseSettings, Limits):
    """Everything that can be set from outside, as `THREADKEEP_<NAME>`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    mongodb_url: SecretStr | None = None
    """Where MongoDB is; without it the embedded server is started."""
    database: Annotated[str, Field(pattern=r"^[^/\\. \"$*<>:|?\x00]{1,63}$")] = "threadkeep"
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """0 takes any free port."""
    data_dir: Path = Path("threadkeep-data")
    """Where the embedded server keeps its data."""
    admin_key: SecretStr | None = None
    """An admin key of one's own, `tk_` and at least 32 characters; without it the first start makes one."""
    auth: bool = True
    """False lets every request in as admin; only possible on a loopback address."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    access_log: bool = False
    """One line for each request: its method, route, status and time, never its content."""
    key_cache_seconds: Annotated[float, Field(ge=0, le=60)] = 5
    """How long a verified key is believed without asking the database: a revoked key works at most this long."""
    database_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 5
    """How long one operation on the database may take before the request is answered with 503."""
    max_connections: PositiveInt = 100
    """Connections to MongoDB kept by one process."""
    max_concurrent_requests: PositiveInt = 200
    """Requests worked on at once by one process."""
    max_waiting_requests: Annotated[int, Field(ge=0)] = 400
    """Requests that may wait for their turn; the next is answered with 503."""
    max_bodies_bytes: PositiveInt = 64 * _MIB
    """Bodies of requests held in memory at once by one process, those of up to 64 KiB not counted; others wait."""
    max_client_connections: PositiveInt = 1000
    """Connections from clients to one process; one more is answered with 503."""
    request_timeout_seconds: Annotated[float, Field(gt=0)] = 30
    """How long a request may wait for its turn and then take, the time apart in which its body arrives; then 503."""
    receive_timeout_seconds: Annotated[float, Field(gt=0)] = 30
    """How long a client may take to send a request, or to go on reading an answer."""
    shutdown_seconds: Annotated[float, Field(ge=0)] = 10
    """How long requests under way may still take after SIGTERM."""
    sweep_seconds: Annotated[float, Field(gt=0)] = 30
    """How often what a killed process left behind is looked for."""
    rollup_seconds: Annotated[float, Field(ge=0)] = 300
    """How often the daily facts of analytics are brought up to date; 0 leaves that to `threadkeep rollup`."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Web origins, separated by commas, whose pages may call the API; none unless set."""

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
        """The limits alone: what services are given."""
        return Limits(**{name: getattr(self, name) for name in Limits.model_fields})

    @classmethod
    def load(cls, **overrides: object) -> Settings:
        """Read the environment and `.env`; what is unknown or makes no sense raises `StartupError` with one line that names it."""
        _refuse_unknown(os.environ)
        _refuse_unknown(dotenv_values(".env"))
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
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
