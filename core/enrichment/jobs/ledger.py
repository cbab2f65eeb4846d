"""The ledger of a job: what all its attempts spent, what this attempt did, and whether it goes on.

A batch has no database, so the ledger is a listing of S3. The key of an entry holds all its
information, so no entry has to be read:

    spent-…   cost of the calls of one run of a batch since its previous entry, failed ones included
    done-…    outcomes of one batch so far
    stop-…    batches of this attempt make no more calls
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import msgspec

from core.jobs.orders import NOTHING_USED, EnrichmentCounts, Usage
from core.jobs.records import JobRecord, JobStatus, JobType
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectStore

NANO = 1_000_000_000
"""Costs are stored in billionths of a dollar: a token of the cheapest models costs some 10."""

_COUNTED = (
    *("suggested", "nothing_suggested", "nothing_to_enrich", "not_found", "failed", "skipped"),
    *("from_cache", "suggestions", "omissions"),
)
"""The numbers of a `done` entry, in this order; `products` is the sum of the first six."""
_OUTCOMES = 6


@dataclass(frozen=True, slots=True)
class Ledger:
    spent: Usage
    """By all attempts of the job."""
    done: EnrichmentCounts
    """By this attempt, as far as its batches have reported; without the counts by code."""
    is_stopped: bool
    """The attempt was cancelled, or a later one replaced it."""


def read_ledger(store: ObjectStore, bucket: str, keys: EnrichmentKeys) -> Ledger:
    requests = inputs = outputs = nano_usd = 0
    done: dict[str, EnrichmentCounts] = {}
    stopped = False
    for key in store.list_keys(bucket, keys.ledger):
        kind, *parts = key.removeprefix(keys.ledger).split("-")
        if kind == "spent":
            amounts = [int(part) for part in parts[-4:]]
            requests, inputs = requests + amounts[0], inputs + amounts[1]
            outputs, nano_usd = outputs + amounts[2], nano_usd + amounts[3]
        elif kind == "done" and int(parts[0]) == keys.attempt:
            done[parts[1]] = _counts(parts[3:])  # keys are sorted, so the last turn wins
        elif key == keys.stop:
            stopped = True
    spent = Usage(
        requests=requests,
        input_tokens=inputs,
        output_tokens=outputs,
        cost_usd=nano_usd / NANO,
    )
    return Ledger(
        spent=spent, done=reduce(add, done.values(), EnrichmentCounts()), is_stopped=stopped
    )


def is_stopped(store: ObjectStore, bucket: str, keys: EnrichmentKeys) -> bool:
    """As in `read_ledger`, but with a listing that finds at most one key."""
    return any(True for _ in store.list_keys(bucket, keys.stop))


def note_spent(
    store: ObjectStore,
    bucket: str,
    keys: EnrichmentKeys,
    *,
    batch: int,
    turn: int,
    run: str,
    usage: Usage,
) -> None:
    """`run` identifies the entry among all entries of the batch."""
    if usage == NOTHING_USED:
        return
    nano_usd = math.ceil(round(usage.cost_usd * NANO, 3))
    amounts = (usage.requests, usage.input_tokens, usage.output_tokens, nano_usd)
    _note(store, bucket, keys.spent(batch, turn, run, amounts))


def note_done(
    store: ObjectStore,
    bucket: str,
    keys: EnrichmentKeys,
    *,
    batch: int,
    turn: int,
    counts: EnrichmentCounts,
) -> None:
    """`counts` cover the whole batch, including its earlier turns."""
    _note(store, bucket, keys.done(batch, turn, [getattr(counts, name) for name in _COUNTED]))


def _note(store: ObjectStore, bucket: str, key: str) -> None:
    store.put(bucket, key, b"", "application/octet-stream")


def _counts(parts: list[str]) -> EnrichmentCounts:
    numbers = [int(part) for part in parts]
    named: dict[str, Any] = dict(zip(_COUNTED, numbers, strict=True))
    return EnrichmentCounts(products=sum(numbers[:_OUTCOMES]), **named)


_COMPLETED = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ISSUES})


def with_account(job: JobRecord, store: ObjectStore, settings: Settings) -> JobRecord:
    """The job with the usage and counts that its batches have reported so far, by one listing of
    S3. A completed job, or a job of another type, is returned unchanged."""
    if job.type is not JobType.ENRICHMENT or not job.attempt or job.status in _COMPLETED:
        return job
    if job.usage is not None and not job.is_cancelled:
        return job  # it ended as FAILED after all its batches were done
    keys = EnrichmentKeys(job.id, job.attempt)
    ledger = read_ledger(store, settings.results_bucket, keys)
    recorded = job.usage
    if recorded is not None and recorded.requests > ledger.spent.requests:
        return job  # the ledger expires before the record does
    return msgspec.structs.replace(job, usage=ledger.spent, enrichment_counts=ledger.done)
