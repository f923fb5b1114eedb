"""Imports conversations of many formats, and exports them to JSON Lines, Parquet and formats of other programs."""

from .exporter import ExportReport, SelectionOptions, check_path, export, export_lines
from .importer import (
    FORMATS,
    Format,
    ImportOptions,
    ImportReport,
    RefusedEntry,
    import_collections,
    import_file,
    run_import_job,
)

__all__ = [
    "FORMATS",
    "ExportReport",
    "Format",
    "ImportOptions",
    "ImportReport",
    "RefusedEntry",
    "SelectionOptions",
    "check_path",
    "export",
    "export_lines",
    "import_collections",
    "import_file",
    "run_import_job",
]
