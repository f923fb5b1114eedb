"""What a reader of a file meets instead of a value."""

from __future__ import annotations

import zipfile
import zlib

DAMAGE = (EOFError, OSError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, UnicodeDecodeError)
"""What the readers of compressed data raise if the data is damaged, encrypted or compressed in an unknown way."""


class Unreadable(ValueError):
    """A value, or the rest of a file, cannot be read. The message says why."""
