"""A program of another user of the machine: it tries to make itself an administrator as soon as a server listens.

It reads ports from its input, one a line, and attacks each of them without a pause until one answers. Then it writes the
port and what the answers said. A real attacker reads the ports in `/proc/net/tcp`; this one attacks no other programs.
"""

from __future__ import annotations

import socket
import struct
import sys
from typing import Any

import bson

ATTACKS: tuple[dict[str, Any], ...] = (
    {"createUser": "intruder", "pwd": "intruder", "roles": ["root"], "$db": "admin"},
    {"insert": "planted", "documents": [{"_id": 1}], "$db": "threadkeep"},
)


def ask(port: int, command: dict[str, Any]) -> dict[str, Any]:
    """The answer of a server of MongoDB's protocol."""
    body = b"\0\0\0\0\0" + bson.encode(command)
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)
        reply = connection.makefile("rb")
        size = struct.unpack("<i", reply.read(4))[0]
        return bson.decode(reply.read(size - 4)[17:])


def attack(port: int) -> str:
    """What became of the attacks on one port: `made` for each that worked."""
    said = []
    for command in ATTACKS:
        try:
            answer = ask(port, command)
        except (OSError, struct.error, bson.errors.InvalidBSON):
            return ""  # no such server, or one that is ending
        said.append("made" if answer.get("ok") else str(answer.get("errmsg")))
    return "; ".join(said)


def report(text: str) -> None:
    """Write a line to the test."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Attack one port after the other."""
    report("ready")
    for line in sys.stdin:
        port = int(line)
        while not (said := attack(port)):
            pass
        report(f"{port} {said}")


if __name__ == "__main__":
    main()
