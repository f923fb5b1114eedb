"""Deletes checkpoints, and keeps the values and writes that other checkpoints need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .state_log import decoded, held_in, key_of

if TYPE_CHECKING:
    from langgraph.checkpoint.serde.base import SerializerProtocol

    from ...records import MessageRecord
    from .state_log import StateLog


async def delete_checkpoints(log: StateLog, records: list[MessageRecord], doomed: list[MessageRecord]) -> None:
    """Delete checkpoints with their writes. Values that others need move to the oldest checkpoint that needs them."""
    gone = {record.client_id: record for record in doomed}
    moved: dict[tuple[str, str], str] = {}
    for record in reversed(records):
        if record.client_id in gone:
            continue
        values, where = dict(record.item["values"]), dict(record.item["where"])
        for channel, (version, key) in record.item["where"].items():
            if key not in gone:
                continue
            if (key, channel) not in moved:
                values[channel] = gone[key].item["values"].get(channel)
                moved[key, channel] = record.client_id
                where[channel] = [version, record.client_id]
            else:
                where[channel] = [version, moved[key, channel]]
        if where != record.item["where"]:
            await log.replace(record, {"values": values, "where": where})
    for record in doomed:
        await log.delete(await log.with_writes(record.client_id))


def delta_ancestors(
    serde: SerializerProtocol, records: list[MessageRecord], newest: dict[str, MessageRecord]
) -> set[str]:
    """The ancestors whose writes a `DeltaChannel` of a newest checkpoint needs, up to the one that holds its value."""
    by_key = {record.client_id: record for record in records}
    kept = set[str]()
    for record in newest.values():
        counters = decoded(serde, record.item["metadata"]).get("counters_since_delta_snapshot") or {}
        missing = set(counters) - held_in(record)
        current: MessageRecord | None = record
        while missing and current is not None:
            parent = current.item["parent"]
            current = None if parent is None else by_key.get(key_of(record.item["ns"], parent))
            if current is not None:
                kept.add(current.client_id)
                missing -= held_in(current)
    return kept
