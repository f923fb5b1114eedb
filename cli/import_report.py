"""The words of an import: its results, the results of a dry run, and the known formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .terminal import say

if TYPE_CHECKING:
    from ..transfer import Format, ImportReport

_SHOWN = 20


def say_report(report: ImportReport) -> None:
    """Print the counts of an import: new, present before, grown and left out. Print the refusals on stderr."""
    say(_summary(report))
    for sentence in (_growth(report), _left_out(report)):
        if sentence:
            say(sentence)
    for note in report.notes[:_SHOWN]:
        say(f"note: {note}")
    if report.files_ignored:
        say(f"Files without conversations: {', '.join(report.files_ignored[:_SHOWN])}.")
    for problem in report.problems[:_SHOWN]:
        say(f"not imported: {problem}", err=True)
    if report.problem_count > _SHOWN:
        say(f"… and {report.problem_count - _SHOWN:,} more", err=True)


def say_formats(formats: tuple[Format, ...]) -> None:
    """Print each format with the way to obtain its file."""
    say("threadkeep: the files of `threadkeep export`, and {thread, messages} in the words of the HTTP API")
    for one in formats:
        say(f"{one.name}: {one.title}. {one.obtain}")


def counted(threads: int, messages: int, users: int) -> str:
    """The counts with their nouns; empty if all are zero."""
    return _listed((threads, "thread"), (messages, "message"), (users, "user"))


def _summary(report: ImportReport) -> str:
    new = counted(report.threads, report.messages, report.users)
    present = counted(report.threads_present, report.messages_present, report.users_present)
    if not new:
        return f"Nothing new: {present} were there already." if present else "Nothing to import."
    verb = "Would import" if report.dry_run else "Imported"
    return f"{verb} {new}." + (f" There already: {present}." if present else "")


def _growth(report: ImportReport) -> str:
    sentences = []
    if report.conversations:
        refused = f", {report.problem_count:,} refused" if report.problem_count else ""
        read = _listed((report.conversations, "conversation"))
        sentences.append(f"Read {read}{refused} ({', '.join(report.formats)}).")
    if report.threads_grown:
        sentences.append(f"Grown: {_listed((report.threads_grown, 'thread'))}.")
    if report.threads_replaced:
        sentences.append(f"Another path in {_listed((report.threads_replaced, 'thread'))}: the old one is a branch.")
    return " ".join(sentences)


def _left_out(report: ImportReport) -> str:
    reasons = [f"{count:,} {reason}" for reason, count in report.left_out.items() if count]
    if report.conversations_empty:
        reasons.append(_listed((report.conversations_empty, "conversation without a message")))
    sentences = [f"Left out: {', '.join(reasons)}."] if reasons else []
    facts = (
        ("Times inferred", report.times_inferred),
        ("Files only referenced", report.files_referenced),
        ("Characters replaced that are no Unicode", report.characters_replaced),
    )
    return " ".join([*sentences, *(f"{name}: {count:,}." for name, count in facts if count)])


def _listed(*counts: tuple[int, str]) -> str:
    return ", ".join(f"{count:,} {noun if count == 1 else _plural(noun)}" for count, noun in counts if count)


def _plural(noun: str) -> str:
    first, space, rest = noun.partition(" ")
    return f"{first}s{space}{rest}"
