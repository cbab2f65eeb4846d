"""What a job has spent and done, over all its attempts, and whether it goes on: one listing of S3,
since a batch has no database.

Whatever is told stands in the key of an entry, so that no entry need be read:

    spent-…   what calls of one run of a batch cost since its entry before, whatever came of them
    done-…    outcomes of one batch so far
    stop-…    batches of this attempt ask nothing more
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
"""A token of the cheapest models costs some 10 of a billion parts of a dollar."""

_COUNTED = (
    *("suggested", "nothing_suggested", "nothing_to_enrich", "not_found", "failed", "skipped"),
    *("from_cache", "suggestions", "omissions"),
)
"""What a `done` entry tells, in this order; `products` is the sum of the first six."""
_OUTCOMES = 6


@dataclass(frozen=True, slots=True)
class Ledger:
    spent: Usage
    """By all attempts of the job."""
    done: EnrichmentCounts
    """By this attempt, as far as its batches have told; without the counts by code."""
    is_stopped: bool
    """The attempt was cancelled, or given up for a later one."""


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
            done[parts[1]] = _counts(parts[3:])  # keys come in order: the last turn stands
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
    """The same as `read_ledger` tells, at the price of a listing that finds one key at most."""
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
    """`run` names the entry: no other run of the batch, nor another entry of this one, has it."""
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
    """`counts` are those of the batch in all, its earlier turns included."""
    _note(store, bucket, keys.done(batch, turn, [getattr(counts, name) for name in _COUNTED]))


def _note(store: ObjectStore, bucket: str, key: str) -> None:
    store.put(bucket, key, b"", "application/octet-stream")


def _counts(parts: list[str]) -> EnrichmentCounts:
    numbers = [int(part) for part in parts]
    named: dict[str, Any] = dict(zip(_COUNTED, numbers, strict=True))
    return EnrichmentCounts(products=sum(numbers[:_OUTCOMES]), **named)


_TOLD = frozenset({JobStatus.COMPLETED, JobStatus.COMPLETED_WITH_ISSUES})


def with_account(job: JobRecord, store: ObjectStore, settings: Settings) -> JobRecord:
    """The job with usage and counts as far as its batches have told them, by one listing of S3. Any
    other job, and one that did end well, as it is."""
    if job.type is not JobType.ENRICHMENT or not job.attempt or job.status in _TOLD:
        return job
    if job.usage is not None and not job.is_cancelled:
        return job  # it ended as FAILED with all of its batches done
    keys = EnrichmentKeys(job.id, job.attempt)
    ledger = read_ledger(store, settings.results_bucket, keys)
    kept = job.usage
    if kept is not None and kept.requests > ledger.spent.requests:
        return job  # the ledger expires before the record does
    return msgspec.structs.replace(job, usage=ledger.spent, enrichment_counts=ledger.done)
