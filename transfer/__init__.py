"""Imports conversations of many formats, and exports them to JSON Lines and Parquet."""

from .exporter import ExportReport, check_path, export, export_lines
from .importer import FORMATS, Format, ImportReport, RefusedEntry, import_file

__all__ = [
    "FORMATS",
    "ExportReport",
    "Format",
    "ImportReport",
    "RefusedEntry",
    "check_path",
    "export",
    "export_lines",
    "import_file",
]
