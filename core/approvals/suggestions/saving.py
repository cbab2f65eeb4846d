"""`PUT /products/bulk-update {jobId, accept}`: suggestions of a job go into the catalogue.

As many products as any other call saves are written in the call; more by a job
(`acceptance_jobs.py`). Both validate and write in the same way (`acceptance_lines.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from core.approvals.suggestions.acceptance import (
    ENTERED_SINCE,
    Acceptance,
    acceptance_faults,
    read_acceptance,
)
from core.approvals.suggestions.acceptance_lines import (
    AcceptedProduct,
    changes_of,
    suggested_products,
)
from core.enrichment.model import EnrichedProduct
from core.errors import Conflict
from core.jobs.records import JobRecord, JobStatus, JobType
from core.jobs.repository import JobRepository, job_not_found
from core.products.changes import Outcome, ProductChange, WritePolicy
from core.products.fields import Catalogue
from core.products.sizes import ProductLimits
from core.products.updates.bulk_updating import (
    ItemOutcome,
    UpdateOutcome,
    outcome_message,
    outcome_to_json,
)
from core.products.validation import FaultBudget, ItemFault, ignored_fields
from core.products.writing import ProductWriter
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectMissing, ObjectStore


def names_job(body: Mapping[str, Any]) -> bool:
    return body.get("jobId") is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptRequest:
    """What a caller accepts of an enrichment."""

    job: JobRecord
    accept: Any
    """As it was given, which keeps `schemas/requests/approve-suggestions.json`."""
    dry_run: bool
    accepted: Sequence[AcceptedProduct]
    """The first products, one more than a call saves at most."""
    product_count: int
    """Of all."""
    nothing_chosen: str | None = None
    """Why `minConfidence` accepts nothing, in a sentence; None if it does not, or is not set."""

    def fits_a_call(self, settings: Settings) -> bool:
        return self.product_count <= settings.accepted_products_per_call


def read_accept_request(
    body: Mapping[str, Any], store: ObjectStore, jobs: JobRepository, settings: Settings
) -> AcceptRequest:
    """Raises InvalidRequest `INVALID_FIELDS`, NotFound `JOB_NOT_FOUND`, Conflict
    (`NOT_AN_ENRICHMENT`, `JOB_NOT_FINISHED`, `ENRICHMENT_FAILED`, `NO_SUGGESTIONS`,
    `SUGGESTIONS_GONE`)."""
    given = without_nulls(body)
    faults = field_faults("requests/approve-suggestions", given)
    if "products" in given:
        faults.append(FieldFault("products", "Send either “products” or “jobId”, not both."))
    refuse(faults)
    job = _approvable(jobs, given["jobId"])
    acceptance = read_acceptance(given["accept"])
    limit = settings.accepted_products_per_call
    try:
        found, suggested, accepted, total, highest = _collect(
            store, settings, job, acceptance, limit + 1
        )
    except ObjectMissing:
        raise Conflict(
            "SUGGESTIONS_GONE",
            "The suggestions of this job are no longer stored; request them again.",
        ) from None
    refuse(acceptance_faults(given["accept"], found, suggested))
    return AcceptRequest(
        job=job,
        accept=given["accept"],
        dry_run=bool(given.get("dryRun", False)),
        accepted=accepted,
        product_count=total,
        nothing_chosen=None if total else _why_nothing(acceptance.min_confidence, highest),
    )


def save_accepted(
    request: AcceptRequest,
    catalogue: Catalogue,
    writer: ProductWriter,
    policy: WritePolicy,
    settings: Settings,
) -> dict[str, Any]:
    """The answer of `bulk-update`, for a request that fits a call."""
    dry_run = request.dry_run
    outcomes = _write(request.accepted, catalogue, writer, policy, settings, dry_run=dry_run)
    budget = FaultBudget()
    outcomes = [
        msgspec.structs.replace(item, faults=budget.first(item.faults)) for item in outcomes
    ]
    updated = [item.id for item in outcomes if item.outcome is ItemOutcome.UPDATED]
    items = [dict.fromkeys(s.attribute for s in chosen) for _, chosen in request.accepted]
    return {
        "message": request.nothing_chosen or _message(outcomes, dry_run=dry_run) + budget.sentence,
        "productsUpdated": 0 if dry_run else len(updated),
        "updatedProductIds": [] if dry_run else updated,
        "ignoredFields": ignored_fields(items, catalogue.names),
        "outcomes": msgspec.to_builtins(outcomes),
        "jobId": request.job.id,
        "dryRun": dry_run,
    }


def _approvable(jobs: JobRepository, job_id: str) -> JobRecord:
    job = jobs.get(job_id)
    if job is None:
        raise job_not_found(job_id)
    if job.type is not JobType.ENRICHMENT:
        raise Conflict(
            "NOT_AN_ENRICHMENT",
            "This job is not an enrichment. To approve an import, call /products/approve.",
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


def _collect(
    store: ObjectStore, settings: Settings, job: JobRecord, acceptance: Acceptance, limit: int
) -> tuple[dict[str, EnrichedProduct], set[str], list[AcceptedProduct], int, float | None]:
    """The products of the job that `accept` names, all attributes that it suggested values for, the
    first `limit` products of which some suggestion is accepted, how many there are of these in
    all, and the highest confidence that the other rules let pass."""
    wanted = acceptance.products or {}
    named: dict[str, EnrichedProduct] = {}
    suggested: set[str] = set()
    accepted: list[AcceptedProduct] = []
    total = 0
    highest: float | None = None
    for product in suggested_products(store, settings, EnrichmentKeys(job.id, job.attempt)):
        if product.id in wanted:
            named[product.id] = product
        suggested.update(s.attribute for s in product.suggestions)
        if chosen := acceptance.chosen(product):
            total += 1
            if total <= limit:
                accepted.append((product, chosen))
        elif not total and acceptance.min_confidence is not None:
            for confidence in acceptance.confidences(product):
                highest = confidence if highest is None else max(highest, confidence)
    return named, suggested, accepted, total, highest


def _why_nothing(asked: float | None, highest: float | None) -> str | None:
    """`asked` is `minConfidence`; `highest` is of the suggestions that all other rules accept."""
    if asked is None:
        return None
    if highest is None:
        return "Nothing was saved: the other rules accept no suggestion that has a confidence."
    return (
        f"Nothing was saved: no suggestion has a confidence of {asked} or more; the highest is "
        f"{highest}."
    )


def _write(
    accepted: Sequence[AcceptedProduct],
    catalogue: Catalogue,
    writer: ProductWriter,
    policy: WritePolicy,
    settings: Settings,
    *,
    dry_run: bool,
) -> list[UpdateOutcome]:
    validated = changes_of(accepted, catalogue.definitions, settings)
    changes = [each for each in validated if isinstance(each, ProductChange)]
    apply = writer.dry_run if dry_run else writer.write
    limits = ProductLimits.of(settings)
    written = iter(zip(changes, apply(changes, policy), strict=True))
    return [
        _reported(*next(written), policy.identifier, limits)
        if isinstance(each, ProductChange)
        else UpdateOutcome(id=product.id, outcome=ItemOutcome.INVALID, faults=each)
        for (product, _), each in zip(accepted, validated, strict=True)
    ]


def _reported(
    change: ProductChange, outcome: Outcome, identifier: str | None, limits: ProductLimits
) -> UpdateOutcome:
    if outcome is not Outcome.CONFLICT:
        return outcome_to_json(change, outcome, identifier, limits)
    fault = ItemFault(column=None, code="CONFLICT", message=ENTERED_SINCE)
    return UpdateOutcome(id=change.product_id, outcome=ItemOutcome.CONFLICT, faults=(fault,))


def _message(outcomes: Sequence[UpdateOutcome], *, dry_run: bool) -> str:
    if not dry_run:
        return outcome_message(outcomes)
    would = sum(item.outcome is ItemOutcome.UPDATED for item in outcomes)
    return f"Nothing was written; {would} of {len(outcomes)} products would be updated."
