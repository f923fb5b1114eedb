"""Exports users, threads and messages to JSON Lines or Parquet, and threads as other programs and people read them.

An interrupted export to JSON Lines or Parquet can continue.
"""

from .exporter import ExportReport, Format, check_path, export, export_lines
from .selection import SelectionOptions

__all__ = ["ExportReport", "Format", "SelectionOptions", "check_path", "export", "export_lines"]
