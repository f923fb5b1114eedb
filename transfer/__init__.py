"""Imports conversations from JSON, JSON Lines and Parquet, and exports them to JSON Lines and Parquet."""

from .exporter import ExportReport, export
from .importer import ImportReport, Refusal, import_file

__all__ = ["ExportReport", "ImportReport", "Refusal", "export", "import_file"]
