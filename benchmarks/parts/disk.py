"""Measures the bytes of a message on disk and in each index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..loading import Loader
from ..seeding import TEXT
from ..table import Table

if TYPE_CHECKING:
    from ..stage import Stage

_COLLECTIONS = ("messages", "threads")


async def measure(stage: Stage) -> list[Table]:
    """The sizes that the server reports for the documents of the earlier parts."""
    table = Table(
        "disk",
        "Bytes of a document and of its index entries",
        f"The figures of `collStats`, for messages of {len(TEXT)} characters: BSON before compression, and the index entries of "
        "one document. The embedded server reports the size of its entries, not of its files. MongoDB compresses both.",
        ["bytes of", "documents", "bytes each"],
    )
    loader = Loader(stage.mongodb.url, stage.database, stage.seeds.user_id)
    for collection in _COLLECTIONS:
        sizes = loader.sizes(collection)
        count = sizes["count"]
        parts = {"document": sizes["size"], "stored": sizes["storageSize"], "all indexes": sizes["totalIndexSize"]}
        parts |= {f"index `{name}`": size for name, size in sizes["indexSizes"].items() if size}
        for what, size in parts.items():
            table.add(f"{collection}: {what}", f"{count:,}", f"{size / count:,.0f}")
    loader.close()
    return [table]
