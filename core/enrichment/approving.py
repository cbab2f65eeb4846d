"""`PUT /products/bulk-update {jobId, accept}`: suggestions of a job go into the catalogue.

Each product is written only if its attributes still are as they were when the suggestions were
made: a value that somebody entered since is never written over. Other attributes may have changed.
One call saves as many products as any other call; the answer says where the next one goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from core.commits.lines import read_lines
from core.enrichment.accepting import Acceptance, acceptance_faults, read_acceptance
from core.enrichment.model import EnrichedProduct, Suggestion
from core.errors import Conflict, NotFound
from core.jobs.records import JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository
from core.products.bulk_updating import (
    ItemOutcome,
    UpdateOutcome,
    outcome_message,
    told_outcome,
)
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.fields import Catalogue
from core.products.judging import ItemFault, ignored_fields, judge_items
from core.products.writing import ProductWriter
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectMissing, ObjectStore

_DECODER = msgspec.json.Decoder(EnrichedProduct)

_Accepted = tuple[EnrichedProduct, list[Suggestion]]


def names_a_job(body: Mapping[str, Any]) -> bool:
    return body.get("jobId") is not None


def approve_suggestions(
    body: Mapping[str, Any],
    store: ObjectStore,
    jobs: JobRepository,
    catalogue: Catalogue,
    writer: ProductWriter,
    policy: WritePolicy,
    settings: Settings,
) -> dict[str, Any]:
    """The answer of `bulk-update`, with `nextStartAt` while there is more. Raises InvalidRequest
    `INVALID_FIELDS`, NotFound `JOB_NOT_FOUND`, Conflict (`NOT_AN_ENRICHMENT`, `JOB_NOT_FINISHED`,
    `ENRICHMENT_FAILED`, `NO_SUGGESTIONS`, `SUGGESTIONS_GONE`)."""
    given = without_nulls(body)
    faults = field_faults("requests/approve-suggestions", given)
    if "products" in given:
        faults.append(FieldFault("products", "Send either “products” or “jobId”, not both."))
    refuse(faults)
    job = _approvable(jobs, given["jobId"])
    accept, start = given["accept"], given.get("startAt", 0)
    acceptance = read_acceptance(accept)
    limit = settings.max_products_per_call
    try:
        if acceptance.products is not None:
            refuse(acceptance_faults(accept, _named(store, settings, job, acceptance)))
        accepted, ahead = _accepted(store, settings, job, acceptance, start, limit)
    except ObjectMissing:
        raise Conflict(
            "SUGGESTIONS_GONE",
            "The suggestions of this job are not stored any more; ask for them again.",
        ) from None
    except ValueError:
        message = "“startAt” must be the “nextStartAt” of an answer before."
        refuse([FieldFault("startAt", message)])
        raise
    dry_run = bool(given.get("dryRun", False))
    told, ignored = _write(accepted, catalogue, writer, policy, settings, dry_run=dry_run)
    updated = [item.id for item in told if item.outcome is ItemOutcome.UPDATED]
    return {
        "message": _message(told, ahead, dry_run=dry_run),
        "productsUpdated": 0 if dry_run else len(updated),
        "updatedProductIds": [] if dry_run else updated,
        "ignoredFields": ignored,
        "outcomes": msgspec.to_builtins(told),
        "jobId": job.id,
        "dryRun": dry_run,
        **({} if ahead is None else {"nextStartAt": ahead}),
    }


def _approvable(jobs: JobRepository, job_id: str) -> JobRecord:
    job = jobs.get(job_id)
    if job is None:
        raise NotFound("JOB_NOT_FOUND", f"There is no job with the id “{job_id[:100]}”.")
    if job.type is not JobType.ENRICHMENT:
        raise Conflict(
            "NOT_AN_ENRICHMENT",
            "This job suggested nothing, it is no enrichment; an import is approved by "
            "/products/approve.",
        )
    if not job.is_final:
        raise Conflict(
            "JOB_NOT_FINISHED",
            f"The enrichment is not finished yet ({job.status}); approve it when it is.",
        )
    if job.status is JobStatus.FAILED:
        raise Conflict(
            "ENRICHMENT_FAILED", "The enrichment failed, so there is nothing to approve."
        )
    if job.enrichment_counts is None or not job.enrichment_counts.suggestions:
        raise Conflict(
            "NO_SUGGESTIONS", "The enrichment suggested no value, so there is nothing to approve."
        )
    return job


def _named(
    store: ObjectStore, settings: Settings, job: JobRecord, acceptance: Acceptance
) -> dict[str, EnrichedProduct]:
    """The products of the job that `accept` names."""
    wanted = acceptance.products or {}
    lines = _lines(store, settings, job, 0)
    return {product.id: product for product, _ in lines if product.id in wanted}


def _accepted(
    store: ObjectStore,
    settings: Settings,
    job: JobRecord,
    acceptance: Acceptance,
    start: int,
    limit: int,
) -> tuple[list[_Accepted], int | None]:
    """At most `limit` products with what is accepted of them, and where the next one begins."""
    accepted: list[_Accepted] = []
    for product, position in _lines(store, settings, job, start):
        chosen = acceptance.chosen(product)
        if chosen and len(accepted) == limit:
            return accepted, position
        if chosen:
            accepted.append((product, chosen))
    return accepted, None


def _lines(
    store: ObjectStore, settings: Settings, job: JobRecord, start: int
) -> Iterator[tuple[EnrichedProduct, int]]:
    """Products with the byte that their line begins at. Raises ObjectMissing, and ValueError for a
    start that is none."""
    key = EnrichmentKeys(job.id, job.attempt).all_suggestions
    bucket = settings.results_bucket
    end = store.head(bucket, key).size
    if start > end or (start and store.get_range(bucket, key, start - 1, start) != b"\n"):
        raise ValueError(f"no line begins at byte {start}")
    for line in read_lines(store, bucket, key, start, end, settings.read_block_bytes):
        yield _DECODER.decode(line.data), line.start


def _write(
    accepted: Sequence[_Accepted],
    catalogue: Catalogue,
    writer: ProductWriter,
    policy: WritePolicy,
    settings: Settings,
    *,
    dry_run: bool,
) -> tuple[list[UpdateOutcome], list[str]]:
    """The outcome of each product, and names that are no attributes any more. The values are
    judged again: an attribute may have changed since they were suggested."""
    items = [{s.attribute: s.value for s in chosen} for _, chosen in accepted]
    verdicts = judge_items(items, catalogue.definitions, settings, partial=True)
    outcomes: list[UpdateOutcome | None] = []
    changes: list[ProductChange] = []
    for (product, chosen), verdict in zip(accepted, verdicts, strict=True):
        if verdict.faults:
            invalid = ItemOutcome.INVALID
            outcomes.append(UpdateOutcome(id=product.id, outcome=invalid, faults=verdict.faults))
            continue
        outcomes.append(None)
        seen = {s.attribute: s.replaces for s in chosen if s.attribute in verdict.values}
        changes.append(ProductChange(product_id=product.id, values=verdict.values, expected=seen))
    apply = writer.foretell if dry_run else writer.write
    written = iter(zip(changes, apply(changes, policy), strict=True))
    told = [
        _told(*next(written), policy.identifier) if outcome is None else outcome
        for outcome in outcomes
    ]
    return told, ignored_fields(items, catalogue.names)


def _told(change: ProductChange, outcome: Outcome, identifier: str | None) -> UpdateOutcome:
    if outcome is not Outcome.CONFLICT:
        return told_outcome(change, outcome, identifier)
    message = "The product got another value there since it was read; ask for suggestions again."
    fault = ItemFault(column=None, code="CONFLICT", message=message)
    return UpdateOutcome(id=change.product_id, outcome=ItemOutcome.CONFLICT, faults=(fault,))


def _message(told: Sequence[UpdateOutcome], ahead: int | None, *, dry_run: bool) -> str:
    first = outcome_message(told)
    if dry_run:
        would = sum(item.outcome is ItemOutcome.UPDATED for item in told)
        first = f"Nothing was written; {would} of {len(told)} products would be updated."
    if ahead is None:
        return first
    return f"{first} There are more: repeat the call with “startAt”: {ahead}."
