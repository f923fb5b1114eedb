"""The variables that Kubernetes makes in each pod for a Service named `threadkeep`. They look like settings and are none."""

from __future__ import annotations

import re

_NAME = re.compile(r"THREADKEEP_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT_\d+_TCP(_PROTO|_PORT|_ADDR)?)", re.ASCII)
_ADDRESS = re.compile(r"tcp://([\d.]+|\[[\da-fA-F:.]+\]):\d+", re.ASCII)


def is_service_link(name: str, value: str | None) -> bool:
    """Whether Kubernetes makes this variable. Its `THREADKEEP_PORT` is an address: `tcp://10.0.0.1:8000`."""
    if name == "THREADKEEP_PORT":
        return _ADDRESS.fullmatch(value or "") is not None
    return _NAME.fullmatch(name) is not None
