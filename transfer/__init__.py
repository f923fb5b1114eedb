"""Conversations in and out of the database: files of JSON, JSON Lines and Parquet."""

from .exporter.exporter import ExportReport, export
from .importer.importer import import_file
from .importer.report import ImportReport, Refusal

__all__ = ["ExportReport", "ImportReport", "Refusal", "export", "import_file"]
