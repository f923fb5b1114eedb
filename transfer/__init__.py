"""Conversations in and out of the database: files of JSON, JSON Lines and Parquet."""

from .exporting import ExportReport, export
from .importing import import_file
from .report import ImportReport, Problem

__all__ = ["ExportReport", "ImportReport", "Problem", "export", "import_file"]
