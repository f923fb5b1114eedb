"""The stored fields that a change of a thread sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..inputs import MetaDataOnly
from .metadata_index import fingerprints
from .validation import validate_input

if TYPE_CHECKING:
    from ..documents import ThreadRow
    from ..inputs import NewThreadFields, ThreadFieldChanges
    from ..settings import Limits


def changed_fields(thread: ThreadRow, changes: ThreadFieldChanges, limits: Limits) -> dict[str, Any]:
    """The stored fields that the changes set: `meta_data` is merged, the others are replaced. Participants are left out."""
    fields: dict[str, Any] = {}
    if changes.meta_data:
        merged = {**thread["meta_data"], **changes.meta_data}
        validate_input(MetaDataOnly, {"meta_data": merged}, limits)
        fields |= {"meta_data": merged, "meta_data_index": fingerprints(merged)}
    if changes.tool_resources is not None:
        fields["tool_resources"] = changes.tool_resources
    return fields | shown_fields(changes)


def shown_fields(given: ThreadFieldChanges | NewThreadFields) -> dict[str, Any]:
    """The stored fields that a list of threads shows, as far as they are given. None stands for a field to remove."""
    fields: dict[str, Any] = {}
    if given.title is not None:
        fields["title"] = given.title or None
    if given.labels is not None:
        fields["labels"] = given.labels or None
    for name in ("archived", "pinned"):
        value = getattr(given, name)
        if value is not None:
            fields[name] = value or None
    return fields


def set_or_remove(fields: dict[str, Any]) -> dict[str, Any]:
    """The operators of an update that sets the fields, and removes those whose value is None."""
    update: dict[str, Any] = {"$set": {name: value for name, value in fields.items() if value is not None}}
    removed = {name: 1 for name, value in fields.items() if value is None}
    return {**update, "$unset": removed} if removed else update
