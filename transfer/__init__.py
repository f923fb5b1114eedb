"""Imports conversations of many formats, and exports them to JSON Lines, Parquet and formats of other programs."""

from .exporter import ExportReport, SelectionOptions, check_path, export, export_lines
from .importer import FORMATS, Format, ImportReport, RefusedEntry, import_file, run_import_job

__all__ = [
    "FORMATS",
    "ExportReport",
    "Format",
    "ImportReport",
    "RefusedEntry",
    "SelectionOptions",
    "check_path",
    "export",
    "export_lines",
    "import_file",
    "run_import_job",
]
