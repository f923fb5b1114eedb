"""Reads the files of an import: opens folders, zip files and gzip, and yields JSON values with the memory of one of them."""

from .bounded_lines import BoundedLines, parse_json
from .bounds import COMMAND_BOUNDS, SERVICE_BOUNDS, ValueBounds
from .collections import opened_collections
from .containers import STANDARD_INPUT, members_of
from .faults import DAMAGE, Unreadable
from .json_file import Item, JsonFile
from .members import FileMember, Member
from .progress import FREE_BYTES, Progress
from .sample import Sample, sample_of, sample_of_text

__all__ = [
    "COMMAND_BOUNDS",
    "DAMAGE",
    "FREE_BYTES",
    "SERVICE_BOUNDS",
    "STANDARD_INPUT",
    "BoundedLines",
    "FileMember",
    "Item",
    "JsonFile",
    "Member",
    "Progress",
    "Sample",
    "Unreadable",
    "ValueBounds",
    "members_of",
    "opened_collections",
    "parse_json",
    "sample_of",
    "sample_of_text",
]
