"""The form of an e-mail address by which it is unique and found: without case."""

from __future__ import annotations

import unicodedata
from typing import Any


def email_key(address: str) -> str:
    """The address without case. Two addresses with the same key are the same address.

    Each character is folded alone, so no letter becomes two: `ß` and `ss` stay different addresses.
    """
    if address.isascii():
        return address.lower()
    folded = "".join(map(_folded, unicodedata.normalize("NFC", address)))
    return unicodedata.normalize("NFC", folded)


def _folded(character: str) -> str:
    return next((form for form in (character.casefold(), character.lower()) if len(form) == 1), character)


def with_email_key(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a user to store, with the key of the address if they have an address."""
    address = fields.get("email")
    return fields if address is None else {**fields, "email_key": email_key(address)}
