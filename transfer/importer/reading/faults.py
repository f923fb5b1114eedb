"""The errors of a reader that finds no value in a file."""

from __future__ import annotations

import zipfile
import zlib

DAMAGE = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, UnicodeDecodeError)
"""The errors of readers of compressed data that is damaged, encrypted or compressed in an unknown way."""


class Unreadable(ValueError):
    """A value, or the rest of a file, cannot be read. The message says why."""
