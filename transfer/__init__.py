"""Conversations in and out of the database: files of JSON, JSON Lines and Parquet."""

from .importing import import_file
from .report import ImportReport, Problem

__all__ = ["ImportReport", "Problem", "import_file"]
