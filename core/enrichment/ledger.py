"""What a job has spent, and whether it goes on: one listing of S3, since a batch has no database.

Each run of a batch leaves one entry, whose key says what it spent. So the sum is as old as the
batches that are under way: a budget can be exceeded by what those spend.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from core.enrichment.model import Usage
from core.storage import EnrichmentKeys, ObjectStore

MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class Ledger:
    spent: Usage
    """By all attempts of the job; tokens stand together under `input_tokens`."""
    is_stopped: bool
    """The attempt was cancelled, or given up for a later one."""


def read_ledger(store: ObjectStore, bucket: str, keys: EnrichmentKeys) -> Ledger:
    tokens = micro_usd = 0
    stopped = False
    for key in store.list_keys(bucket, keys.ledger):
        kind, *parts = key.removeprefix(keys.ledger).split("-")
        if kind == "spent":
            tokens += int(parts[3])
            micro_usd += int(parts[4])
        elif key == keys.stop:
            stopped = True
    spent = Usage(input_tokens=tokens, cost_usd=micro_usd / MICRO)
    return Ledger(spent=spent, is_stopped=stopped)


def note_spent(
    store: ObjectStore, bucket: str, keys: EnrichmentKeys, batch: int, turn: int, usage: Usage
) -> None:
    if not usage.requests:
        return
    tokens = usage.input_tokens + usage.output_tokens
    micro_usd = math.ceil(usage.cost_usd * MICRO)
    key = keys.spent(batch, turn, tokens, micro_usd)
    store.put(bucket, key, b"", "application/octet-stream")
