"""Times and sizes that no setting changes. Tests pass smaller ones to `Threadkeep`."""

from __future__ import annotations

from dataclasses import dataclass

from ..documents import BYTES_AT_ONCE


@dataclass(frozen=True, slots=True)
class Tuning:
    """Times in seconds, and sizes in bytes unless a field says otherwise."""

    last_seq_cached_seconds: float = 60
    """For this long, a process uses the newest number of a thread that it knows. Placeholder rows stay for longer."""
    write_may_run_seconds: float = 2
    """An unfinished batch or draft that is younger may still be written, so a retry is refused. No client gives up sooner."""
    process_alive_seconds: float = 6
    """A process that has not renewed its lease for this long is dead: others end its transactions."""
    process_renewal_seconds: float = 2
    """The interval at which a process renews that lease."""
    page_bytes: int = 8 * 1024 * 1024
    """A page that does not fit into one reply of MongoDB (16 MiB) ends before the row that exceeds this size.

    The first reply holds as much, so a second is rarely requested.
    """
    history_bytes: int = 64 * 1024 * 1024
    """The largest formatted history, as JSON. No model takes more, and all of it is held in memory."""
    history_elements: int = 2_000_000
    """The most keys and values in the free fields of a formatted history. Each may take 90 bytes of memory."""
    purge_at_once: int = 1000
    """Messages. A longer thread is purged after its deletion was answered."""
    claim_lock_seconds: float = 2
    """A claim without an answer whose lock was not renewed for this long is taken over: its process was killed.

    It is shorter than the retries of a client.
    """
    most_cuts: int = 64
    """The most open cuts of a thread. If it has as many, the older half is purged first."""
    kept_cuts: int = 32
    """The newest cuts of a thread, which wait for the sweeper: a retry of a pop is answered from its cut."""
    cuts_purged_together: int = 16
    """If a thread has this many more cuts, the oldest are purged together. If that process is killed, they wait for the sweeper."""
    pops_pause_seconds: float = 0.25
    """After this long without a pop of a thread, the work that follows its pops is done."""
    listed_at_once: int = 10_000
    """The most threads or keys in one part of a list without a limit."""
    replayed_bytes: int = 32 * 1024 * 1024
    """The most bytes of the messages of a batch when a retry is answered with them. They may have grown since."""
    body_grace_seconds: float = 10
    """For this long, a client may send the body of a request more slowly than the least rate."""
    export_page_rows: int = 1000
    """The most users or threads that one query of an export reads."""
    export_step_bytes: int = 8 * 1024 * 1024
    """A step of an export ends with the row that reaches this size, as the database stores its rows."""
    export_read_bytes: int = 4 * BYTES_AT_ONCE
    """The most bytes that the embedded server loads for one read of an export, unless they are one message."""
    import_group_bytes: int = 8 * 1024 * 1024
    """An import writes short threads together, up to this size. A larger thread is written alone."""
