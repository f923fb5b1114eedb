"""The stored fields that a change of a thread sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..inputs import MetaDataOnly
from .metadata_index import fingerprints
from .validation import validate_input

if TYPE_CHECKING:
    from ..documents import ThreadRow
    from ..inputs import ThreadFieldChanges
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
    return fields
