"""Exports users, threads and messages to JSON Lines or Parquet. An interrupted export can continue."""

from .exporter import ExportReport, Format, export

__all__ = ["ExportReport", "Format", "export"]
