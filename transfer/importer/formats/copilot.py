"""The activity history of Microsoft Copilot: a CSV file, newest message first."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from ..conversations import LONGEST_KEY, Broken, Conversation, SourceMessage, grouped
from ..reading import DAMAGE
from .base import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..conversations import ReadingOptions
    from ..reading import JsonFile, Sample
    from .base import Found

_COLUMNS = ("Conversation", "Time", "Author", "Message")
_ROLES = {"human": "user", "user": "user", "you": "user", "ai": "assistant", "copilot": "assistant"}
_LONGEST_FIELD = 16 * 1024 * 1024


def _recognise(sample: Sample) -> float:
    header = sample.text.partition("\n")[0].strip().replace('"', "")
    return 0.95 if header.split(",") == [*_COLUMNS] else 0


def _conversations(files: Iterable[JsonFile], options: ReadingOptions) -> Iterator[Found]:
    csv.field_size_limit(_LONGEST_FIELD)
    with grouped(options.group_bounds) as groups:
        for file in files:
            try:
                with file.member.open() as opened:
                    rows = csv.reader(io.TextIOWrapper(opened, encoding="utf-8-sig", errors="replace", newline=""))
                    next(rows, None)
                    for row in rows:
                        if len(row) == len(_COLUMNS):
                            groups.add(row[0][: LONGEST_KEY // 2], row[1:])
                        elif row:
                            yield Broken(f"line {rows.line_num}", f"has {len(row)} columns and not {len(_COLUMNS)}")
            except (*DAMAGE, csv.Error) as error:
                yield Broken(file.member.name, f"the rest of the file cannot be read: {error}")
        for title, found in groups:
            yield _conversation(title, found)


def _conversation(title: str, rows: list[Any] | None) -> Found:
    location = f"conversation {title!r}"
    if rows is None:
        return Broken(location, "is too large: its messages take more than 128 MiB")
    found = Conversation(f"copilot/{title}", location, title=title or None)
    for moment, author, text in reversed(rows):
        if text.strip():
            found.messages.append(
                SourceMessage("", _ROLES.get(author.strip().lower(), "unknown"), text, created_at=moment)
            )
        else:
            found.left_out["empty"] += 1
    return found


FORMAT = Format(
    name="copilot",
    title="Microsoft Copilot",
    obtain="On account.microsoft.com: Privacy, Copilot, Export all activity history. Import the CSV file.",
    keys=frozenset(_COLUMNS),
    recognise=_recognise,
    conversations=_conversations,
)
