"""Exports users, threads and messages to JSON Lines or Parquet. An interrupted export can continue."""

from .exporter import ExportReport, Format, check_path, export, export_lines

__all__ = ["ExportReport", "Format", "check_path", "export", "export_lines"]
