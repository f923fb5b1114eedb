"""Imports conversations of many formats, and exports them to JSON Lines and Parquet."""

from .exporter import ExportReport, check_path, export
from .importer import FORMATS, Format, ImportReport, RefusedEntry, import_file, import_files

__all__ = [
    "FORMATS",
    "ExportReport",
    "Format",
    "ImportReport",
    "RefusedEntry",
    "check_path",
    "export",
    "import_file",
    "import_files",
]
