"""Imports files of conversations, of Threadkeep's own formats and of other programs. It can be repeated and resumed."""

from .formats import FORMATS, Format
from .importer import ImportOptions, import_collections, import_file
from .job import run_import_job
from .report import ImportReport, RefusedEntry

__all__ = [
    "FORMATS",
    "Format",
    "ImportOptions",
    "ImportReport",
    "RefusedEntry",
    "import_collections",
    "import_file",
    "run_import_job",
]
