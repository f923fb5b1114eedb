"""Imports conversations from JSON, JSON Lines and Parquet, and exports them to JSON Lines and Parquet."""

from .exporter import ExportReport, check_path, export, export_lines
from .importer import ImportReport, RefusedEntry, import_file

__all__ = ["ExportReport", "ImportReport", "RefusedEntry", "check_path", "export", "export_lines", "import_file"]
