"""Reads Parquet files of Threadkeep within bounds. Imported only for such files, because it needs pyarrow."""

from .source import ParquetFolder

__all__ = ["ParquetFolder"]
