"""One batch of an enrichment job, without a database.

A run of it may be told by the provider to come back later, or run out of its own time: then it
keeps what is answered and says how long to wait, and the state machine waits, which costs nothing.
The summary goes last, so its presence means that the batch is done.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from core.enrichment.job_model import (
    BatchAnswer,
    BatchContent,
    BatchSummary,
    BatchTask,
    TurnOutcome,
)
from core.enrichment.jobs.budget_guard import BudgetGuard
from core.enrichment.jobs.files import EnrichmentFiles
from core.enrichment.jobs.ledger import note_done
from core.enrichment.model import EnrichedProduct, FailureCode, count
from core.enrichment.previewing import missing
from core.enrichment.providers.interface import Provider
from core.enrichment.suggestions.caching import AnswerCache
from core.enrichment.suggestions.suggesting import STOPPED_IN_A_JOB, suggest
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectMissing, ObjectStore

MAX_WAIT_SECONDS = 900
"""However long the provider wants to be left alone: it is asked again, and may say so again."""

OUTAGE_TURNS = 8
"""So often a batch comes back to a provider that is away: over some 40 minutes."""

OUTAGE_FIRST_WAIT_SECONDS = 20

COMES_BACK = frozenset({FailureCode.PROVIDER_THROTTLED, FailureCode.OUT_OF_TIME})
"""What another turn can mend; a budget that is used up it cannot."""


def suggest_batch(
    store: ObjectStore,
    provider: Provider,
    cache: AnswerCache,
    settings: Settings,
    *,
    task: BatchTask,
    time_seconds: float,
) -> BatchAnswer:
    """Ask for the products of the batch, or for those that an earlier turn left.

    Repeated after it broke off, it finds in the cache what was answered. Once the job was cancelled
    or started anew it asks nothing more, within a few calls; what it did is told in the ledger, its
    answers stay in the cache, and it leaves no summary.
    """
    keys = EnrichmentKeys(task.job_id, task.attempt)
    files = EnrichmentFiles(store, settings.results_bucket, keys)
    index, turn = task.chunk.index, task.turn
    done = BatchAnswer(
        outcome=TurnOutcome.DONE,
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
        budget=plan.order.budget,
        at_once=min(settings.enrich_max_concurrency, plan.chunk_count),
    )
    if watch.is_stopped:
        return done
    order, attributes, content = plan.order, files.attributes(), files.content(index)
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
    finished = [*answered, *outcome.products]
    if watch.is_stopped:
        _note_done(files, index, turn, finished)
        return done
    outages, wait_seconds = task.outages, outcome.wait_seconds
    comes_back = outcome.stopped in COMES_BACK
    if outcome.stopped is FailureCode.PROVIDER_UNAVAILABLE:
        comes_back, wait_seconds = outages < OUTAGE_TURNS, _outage_wait(outages)
        outages += 1
    if comes_back and turn < settings.enrichment_max_waits:
        files.write_lines(keys.answered(index), finished)
        _note_done(files, index, turn, finished)
        return msgspec.structs.replace(
            done,
            outcome=TurnOutcome.WAIT,
            turn=turn + 1,
            outages=outages,
            wait_seconds=min(max(wait_seconds, 1), MAX_WAIT_SECONDS),
        )
    _finish(files, index, turn, content, [*answered, *outcome.with_left_skipped(STOPPED_IN_A_JOB)])
    return done


def _outage_wait(outages: int) -> int:
    """Longer each time, and different for each batch, lest all come back at one moment."""
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
