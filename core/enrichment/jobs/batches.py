"""One batch of an enrichment job, without a database.

A run may be throttled by the provider, or run out of its own time. It then keeps the answers so far
and returns how long to wait. The state machine waits, which costs nothing. The summary is written
last, so its presence means that the batch is done.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import msgspec

from core.enrichment.job_model import (
    BatchAnswer,
    BatchContent,
    BatchSummary,
    BatchTask,
    BatchTurn,
)
from core.enrichment.jobs.budget_guard import BudgetGuard
from core.enrichment.jobs.files import EnrichmentFiles
from core.enrichment.jobs.ledger import note_done
from core.enrichment.model import EnrichedProduct, FailureCode, count
from core.enrichment.previewing import missing
from core.enrichment.providers.interface import Provider
from core.enrichment.suggestions.caching import AnswerCache
from core.enrichment.suggestions.suggesting import STOPPED_IN_A_JOB, suggest
from core.jobs.orders import Usage
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectMissing, ObjectStore

MAX_WAIT_SECONDS = 900
"""The longest wait, even if the provider requests more: it may throttle the next call too."""

OUTAGE_TURNS = 8
"""How often a batch returns to a provider that is unavailable: over some 40 minutes."""

OUTAGE_FIRST_WAIT_SECONDS = 20

WORTH_ANOTHER_TURN = frozenset({FailureCode.PROVIDER_THROTTLED, FailureCode.OUT_OF_TIME})
"""Reasons to stop that may be gone in another turn. A budget that is used up stays so."""


def suggest_batch(
    store: ObjectStore,
    provider: Provider,
    cache: AnswerCache,
    settings: Settings,
    *,
    task: BatchTask,
    time_seconds: float,
    on_spent: Callable[[Usage], None] = lambda _usage: None,
) -> BatchAnswer:
    """Request suggestions for the products of the batch, or for those that an earlier turn left.

    Repeated after an interruption, it finds the earlier answers in the cache. After the job is
    cancelled or restarted, it makes at most a few more calls. It then leaves its counts in the
    ledger and its answers in the cache, and writes no summary. `on_spent` gets what this turn
    spent.
    """
    keys = EnrichmentKeys(task.job_id, task.attempt)
    files = EnrichmentFiles(store, settings.results_bucket, keys)
    index, turn = task.chunk.index, task.turn
    done = BatchAnswer(
        outcome=BatchTurn.DONE,
        job_id=task.job_id,
        attempt=task.attempt,
        chunk=task.chunk,
        turn=turn,
    )
    plan = files.plan()
    watch = BudgetGuard(
        store,
        files.bucket,
        keys,
        batch=index,
        turn=turn,
        budget=plan.order.budget if plan.allowance is None else plan.allowance,
        at_once=min(settings.enrich_max_concurrency, plan.chunk_count),
    )
    if watch.is_stopped:
        return done
    order, attributes, content = plan.order, files.attributes(), files.content(index, plan.opening)
    answered = _answered(files, index) if turn else []
    known = {product.id for product in answered}
    outcome = suggest(
        [product for product in content.products if product.id not in known],
        attributes.definitions,
        order.terms,
        provider,
        settings,
        descriptions=attributes.descriptions,
        cache=cache,
        time_seconds=time_seconds,
        budget=watch,
        asked_by=f"{task.job_id}/{task.attempt}/{index}/{turn}",
        requests_per_minute=settings.enrichment_requests_per_minute
        / max(settings.enrich_max_concurrency, 1),
        stops_in_outage=True,
    )
    watch.note(outcome.spent)
    on_spent(outcome.spent)
    finished = [*answered, *outcome.products]
    if watch.is_stopped:
        _note_done(files, index, turn, finished)
        return done
    outages, wait_seconds = task.outages, outcome.wait_seconds
    takes_another_turn = outcome.stopped in WORTH_ANOTHER_TURN
    if outcome.stopped is FailureCode.PROVIDER_UNAVAILABLE:
        takes_another_turn, wait_seconds = outages < OUTAGE_TURNS, _outage_wait(outages)
        outages += 1
    if takes_another_turn and turn < settings.enrichment_max_waits:
        files.write_lines(keys.answered(index), finished)
        _note_done(files, index, turn, finished)
        return msgspec.structs.replace(
            done,
            outcome=BatchTurn.WAIT,
            turn=turn + 1,
            outages=outages,
            wait_seconds=min(max(wait_seconds, 1), MAX_WAIT_SECONDS),
        )
    _finish(files, index, turn, content, [*answered, *outcome.with_left_skipped(STOPPED_IN_A_JOB)])
    return done


def _outage_wait(outages: int) -> int:
    """Longer each time, and random, so that the batches do not all return at once."""
    longest = min(OUTAGE_FIRST_WAIT_SECONDS * 2.0**outages, MAX_WAIT_SECONDS)
    return round(longest * random.uniform(0.5, 1))


def _answered(files: EnrichmentFiles, index: int) -> list[EnrichedProduct]:
    try:
        return files.lines(files.keys.answered(index))
    except ObjectMissing:
        return []


def _note_done(
    files: EnrichmentFiles, index: int, turn: int, products: Sequence[EnrichedProduct]
) -> None:
    counts, _ = count(products)
    note_done(files.store, files.bucket, files.keys, batch=index, turn=turn, counts=counts)


def _finish(
    files: EnrichmentFiles,
    index: int,
    turn: int,
    content: BatchContent,
    products: Sequence[EnrichedProduct],
) -> None:
    by_id = {product.id: product for product in products}
    enriched = [by_id[product.id] for product in content.products]
    enriched += [missing(product_id) for product_id in content.missing]
    counts, usage = count(enriched)
    files.write_lines(files.keys.suggestions(index), enriched)
    note_done(files.store, files.bucket, files.keys, batch=index, turn=turn, counts=counts)
    files.write(files.keys.summary(index), BatchSummary(index=index, counts=counts, usage=usage))
