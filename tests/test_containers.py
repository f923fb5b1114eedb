"""docker-compose.yml and Dockerfile, checked without a Docker engine."""

import json
import os
import re
import subprocess
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "docker-compose.yml"
DOCKERFILE = (ROOT / "Dockerfile").read_text()
FINAL_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found = yaml.safe_load(COMPOSE.read_text())["services"]
    assert isinstance(found, dict)
    return found


@pytest.mark.slow
def test_compose_file_follows_the_compose_specification() -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]

    done = subprocess.run(check, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_port_is_published_beyond_loopback(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]

    assert published
    assert all(str(port).startswith("127.0.0.1:") for port in published)


def test_mongodb_requires_authentication_and_is_a_replica_set(services: dict[str, Any]) -> None:
    mongodb = services["mongodb"]

    assert "--auth" in mongodb["command"]
    assert "--keyFile" in mongodb["command"]
    assert "--replSet" in mongodb["command"]
    assert mongodb["environment"]["MONGO_INITDB_ROOT_PASSWORD"].startswith("${MONGO_PASSWORD:?")
    assert "replicaSet=rs0" in services["threadkeep"]["environment"]["THREADKEEP_MONGODB_URL"]


def test_the_compose_file_contains_no_secret(services: dict[str, Any]) -> None:
    secrets = re.findall(r"^(\w*(?:PASSWORD|KEY)): *(\S*)", COMPOSE.read_text(), re.MULTILINE)

    assert services
    assert all(value == "" or value.startswith("${") for _, value in secrets)


def test_data_is_kept_in_volumes(services: dict[str, Any]) -> None:
    volumes = yaml.safe_load(COMPOSE.read_text())["volumes"]

    mounted = dict(volume.split(":") for volume in services["mongodb"]["volumes"])

    assert {"mongodb": "/data/db"}.items() <= mounted.items()
    assert set(mounted) == set(volumes)


def test_each_service_has_a_health_check_and_threadkeep_waits_for_mongodb(services: dict[str, Any]) -> None:
    assert "rs.initiate" in services["mongodb"]["healthcheck"]["test"][-1]
    assert "\nHEALTHCHECK " in FINAL_STAGE
    assert services["threadkeep"]["depends_on"] == {"mongodb": {"condition": "service_healthy"}}


def test_nothing_runs_as_root(services: dict[str, Any]) -> None:
    assert services["mongodb"]["user"] == "mongodb"
    assert "user" not in services["threadkeep"]
    assert re.findall(r"^USER (\d+)$", FINAL_STAGE, re.MULTILINE)[-1] != "0"


def test_images_are_pinned_to_a_major_version(services: dict[str, Any]) -> None:
    images = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    images += [service["image"] for service in services.values() if "build" not in service]

    assert all(re.search(r":\d+(\.\d+)?(-slim)?$", image) for image in images), images


def test_final_layer_installs_nothing() -> None:
    assert not re.search(r"\b(pip|apt|apt-get|gcc|make)\b", FINAL_STAGE)
    assert "STOPSIGNAL SIGTERM" in FINAL_STAGE


def test_mongodb_starts_with_a_key_file_that_only_its_owner_can_read(services: dict[str, Any], tmp_path: Path) -> None:
    entry, script = services["mongodb"]["entrypoint"][:3], tmp_path / "docker-entrypoint.sh"
    script.write_text('#!/bin/sh\necho "$@"\n')
    script.chmod(0o755)
    key_file = tmp_path / "keyfile"
    entry[2] = entry[2].replace("$$", "$").replace("/tmp/keyfile", str(key_file))  # noqa: S108
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run(
        [*entry, "bash", *services["mongodb"]["command"]], env=environment, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == services["mongodb"]["command"]
    assert re.fullmatch(r"[A-Za-z0-9+/]{128}", key_file.read_text())
    assert key_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("alive", "healthy"), [(HTTPStatus.OK, True), (HTTPStatus.SERVICE_UNAVAILABLE, False)], ids=["alive", "dead"]
)
def test_the_image_is_healthy_while_the_process_lives_and_mongodb_is_away(alive: HTTPStatus, *, healthy: bool) -> None:
    statuses = {"/healthz": alive, "/readyz": HTTPStatus.SERVICE_UNAVAILABLE}

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(statuses.get(self.path, HTTPStatus.NOT_FOUND))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    command = json.loads(DOCKERFILE[DOCKERFILE.index("CMD [", DOCKERFILE.index("HEALTHCHECK")) + 4 :].splitlines()[0])
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        Thread(target=server.handle_request, daemon=True).start()

        done = subprocess.run(
            [sys.executable, *command[1:]],
            env={"THREADKEEP_PORT": str(server.server_port)},
            capture_output=True,
            check=False,
        )

    assert (done.returncode == 0) is healthy, done.stderr
