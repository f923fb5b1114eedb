"""Imports conversations with their ids, order and times. A second import of the same file changes nothing."""

from .formats import FORMATS, Format
from .importer import import_file
from .report import ImportReport, RefusedEntry

__all__ = ["FORMATS", "Format", "ImportReport", "RefusedEntry", "import_file"]
