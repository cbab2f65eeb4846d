"""The result files that are concatenations of the chunks' fragments."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from core.attributes.rules.model import Fault
from core.imports.model import ChunkSummary
from core.storage import Assembly, ImportKeys, Span
from core.storage.content_types import CSV, NDJSON


def all_faults(
    keys: ImportKeys, of_the_file: Iterable[Fault], summaries: Sequence[ChunkSummary]
) -> Assembly:
    first = b"".join(msgspec.json.encode(fault) + b"\n" for fault in of_the_file)
    faults = [Span(keys.faults(s.index), 0, s.fault_bytes) for s in summaries]
    return Assembly(keys.all_faults, NDJSON, [first, *faults])


def all_rejected(keys: ImportKeys, header: bytes, summaries: Sequence[ChunkSummary]) -> Assembly:
    rejected = [Span(keys.rejected(s.index), 0, s.rejected_bytes) for s in summaries]
    return Assembly(keys.all_rejected, CSV, [header, *rejected])


def all_changes(keys: ImportKeys, summaries: Sequence[ChunkSummary]) -> Assembly:
    changes = [Span(keys.changes(s.index), 0, s.change_bytes) for s in summaries]
    return Assembly(keys.all_changes, NDJSON, changes)
