"""The entries that a product carries: `_history`, which lists never show.

An entry is written by the same update that changes the product, so history costs no write of its
own and is never out of step. It names who, when, which job, and the earlier values of what changed.
What a value became is in the next newer entry that names it, or in the product itself.

A product carries its last entries. Older ones, and earlier values that are large, go to S3 first
(`archive.py`), before the update that drops them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import clock
from core.attributes.identity import canonical_json

ENTRIES_KEPT = 20
"""In the product. Beyond that the older half goes to S3, so that few updates write there."""

ENTRY_MAX_BYTES = 8 * 1024
"""Of the earlier values in one entry; larger ones are kept in S3."""

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToArchive:
    """What goes to S3 before an update."""

    product_id: str
    name: str
    """Of the object, among those of the product."""
    content: Any
    is_values: bool
    """Earlier values of one entry, not a list of entries."""


def new_entry(
    product_id: str,
    *,
    revision: int,
    at: Any,
    by: str,
    did: str,
    job_id: str | None,
    before: Mapping[str, Any],
) -> tuple[Entry, list[ToArchive]]:
    """`before` has None for an attribute that had no value."""
    entry: Entry = {"revision": revision, "at": clock.iso(at), "by": by, "did": did}
    if job_id is not None:
        entry["job"] = job_id
    if not before:
        return entry, []
    if len(canonical_json(before)) <= ENTRY_MAX_BYTES:
        return entry | {"before": dict(before)}, []
    # the token: of two writers of one revision, the one that loses must not replace the other's
    name = f"{revision:010}-{uuid.uuid4().hex}"
    stored = ToArchive(product_id, name, dict(before), is_values=True)
    return entry | {"stored": name}, [stored]


def appended(
    product_id: str, history: Sequence[Entry], entry: Entry
) -> tuple[int, list[ToArchive]]:
    """How many entries the product keeps when one is added, and what goes to S3."""
    if len(history) < ENTRIES_KEPT:
        return ENTRIES_KEPT, []
    kept = ENTRIES_KEPT // 2
    older = [*history, entry][:-kept]
    newest = older[-1]
    time = re.sub(r"\D", "", newest["at"])[:17]
    name = f"{newest['revision']:010}-{time}"
    return kept, [ToArchive(product_id, name, older, is_values=False)]


def changed_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The earlier values of the attributes that differ; None for one that had no value."""
    return {
        name: before.get(name)
        for name in sorted({*before, *after})
        if (name in before) != (name in after) or before[name] != after[name]
    }
