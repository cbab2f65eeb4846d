"""How an execution of product-enrich claims its job, and what it freezes before the fan-out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from core.enrichment import sentences
from core.enrichment.job_model import (
    Batch,
    BatchContent,
    EnrichmentExecution,
    EnrichmentPlan,
    EnrichmentSelection,
)
from core.enrichment.jobs.daily_budget import DailyBudget
from core.enrichment.jobs.files import EnrichmentFiles
from core.enrichment.model import EnrichableProduct
from core.enrichment.reading import ProductReader, attributes_of
from core.errors import TooManyRequests
from core.fan_out import ManifestLocation, Opened, OpenOutcome, choose_map
from core.jobs.claiming import claim_unless_cancelled
from core.jobs.orders import EnrichmentBudget
from core.jobs.records import JobType
from core.jobs.repository import JobRepository
from core.outcomes import RefusalCode, Refused
from core.products.documents import Document
from core.products.fields import Catalogue
from core.products.filter_strings import filter_terms
from core.settings import Settings
from core.storage import EnrichmentKeys, ObjectMissing, ObjectStore
from core.storage.content_types import JSON
from core.storage.enrichment_keys import order_key

_Entry = EnrichableProduct | str
"""A product, or the id of one that does not exist."""


def open_enrichment(
    store: ObjectStore,
    jobs: JobRepository,
    catalogue: Catalogue,
    products: ProductReader,
    settings: Settings,
    *,
    execution_arn: str,
    request: EnrichmentExecution,
    now: datetime,
) -> Opened[Batch]:
    """Claim the job for the execution, read its products, and freeze them in batches.

    Repeated for the same execution, it returns the same attempt and the same plan. A cancelled job
    is not claimed. Raises NoSuchJob if the job is not an enrichment.
    """
    opened = Opened[Batch](job_id=request.job_id, execution_arn=execution_arn)
    claim = claim_unless_cancelled(jobs, request.job_id, JobType.ENRICHMENT, execution_arn, now)
    if claim is None:
        return opened
    _, attempt = claim
    opened = msgspec.structs.replace(opened, outcome=OpenOutcome.CLAIMED, attempt=attempt)
    keys = EnrichmentKeys(request.job_id, attempt)
    files = EnrichmentFiles(store, settings.results_bucket, keys)
    daily = DailyBudget(jobs.database, store, settings)
    for earlier in range(1, attempt):  # stops the batches of earlier attempts that still run
        stop = EnrichmentKeys(request.job_id, earlier).stop
        store.put(settings.results_bucket, stop, b"", JSON)
    try:
        plan, batches = _plan(files, catalogue, products, settings, daily, now)
    except Refused as refused:
        return opened.refused(refused.refusal)
    mode = choose_map(
        plan.chunk_count, settings.inline_map_max_chunks, turns=settings.enrichment_max_waits + 1
    )
    manifest = ManifestLocation(bucket=settings.results_bucket, key=keys.chunks)
    return opened.over(batches, mode, plan.row_count, manifest)


def _plan(
    files: EnrichmentFiles,
    catalogue: Catalogue,
    products: ProductReader,
    settings: Settings,
    daily: DailyBudget,
    now: datetime,
) -> tuple[EnrichmentPlan, tuple[Batch, ...]]:
    """Freeze definitions and products; or, when another try did so first, return what it froze.

    Two tries may run side by side and find other products. The first plan counts, and names the
    batches that belong to it; the manifest follows from the plan, so whoever writes it writes the
    same.
    """
    try:
        plan = files.plan()
    except ObjectMissing:
        new = _new_plan(files, catalogue, products, settings)
        allowance = _reserved(daily, new, now)
        new = msgspec.structs.replace(new, allowance=allowance)
        files.write_if_absent(files.keys.plan, new)
        plan = files.plan()
    batches = _batches(plan, settings)
    files.write(files.keys.chunks, batches)
    return plan, batches


def _reserved(daily: DailyBudget, plan: EnrichmentPlan, now: datetime) -> EnrichmentBudget:
    try:
        return daily.reserve_job(plan.job_id, plan.attempt, plan.order.budget, plan.row_count, now)
    except TooManyRequests as error:
        raise Refused(RefusalCode.DAILY_BUDGET_SPENT, error.message) from None


def _batches(plan: EnrichmentPlan, settings: Settings) -> tuple[Batch, ...]:
    size = plan.batch_products or settings.enrichment_batch_products
    return tuple(
        Batch(index=index, products=min(size, plan.row_count - index * size))
        for index in range(plan.chunk_count)
    )


def _new_plan(
    files: EnrichmentFiles, catalogue: Catalogue, products: ProductReader, settings: Settings
) -> EnrichmentPlan:
    selection = _selection(files)
    files.write_if_absent(files.keys.definitions, attributes_of(catalogue))
    opening = uuid.uuid4().hex
    count = rows = 0
    size = settings.enrichment_batch_products
    for content in _contents(_entries(selection, catalogue, products), size):
        rows += len(content.products) + len(content.missing)
        if rows > settings.max_enrichment_products:
            sentence = sentences.too_many(settings.max_enrichment_products)
            raise Refused(RefusalCode.TOO_MANY_PRODUCTS, sentence)
        files.write(files.keys.products(count, opening), content)
        count += 1
    return EnrichmentPlan(
        job_id=files.keys.job_id,
        attempt=files.keys.attempt,
        order=selection.order,
        chunk_count=count,
        row_count=rows,
        batch_products=size,
        opening=opening,
    )


def _selection(files: EnrichmentFiles) -> EnrichmentSelection:
    try:
        return files.selection()
    except ObjectMissing as missing:
        if missing.key != order_key(files.keys.job_id):
            raise
        raise Refused(RefusalCode.ORDER_MISSING, sentences.order_missing()) from None


def _entries(
    selection: EnrichmentSelection, catalogue: Catalogue, products: ProductReader
) -> Iterator[_Entry]:
    ids = selection.product_ids
    if ids is not None:
        found = products.documents(ids)
        for product_id in ids:
            yield products.enrichable(found[product_id]) if product_id in found else product_id
        return
    try:
        terms = filter_terms(selection.order.filter or "", catalogue)
    except ValueError as error:  # an attribute was deleted after the call
        sentence = sentences.filter_outdated(str(error))
        raise Refused(RefusalCode.FILTER_OUTDATED, sentence) from None
    documents: Iterable[Document] = products.matching(terms)
    for document in documents:
        yield products.enrichable(document)


def _contents(entries: Iterable[_Entry], size: int) -> Iterator[BatchContent]:
    batch: list[_Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == size:
            yield _content(batch)
            batch = []
    if batch:
        yield _content(batch)


def _content(batch: list[_Entry]) -> BatchContent:
    return BatchContent(
        products=tuple(entry for entry in batch if not isinstance(entry, str)),
        missing=tuple(entry for entry in batch if isinstance(entry, str)),
    )
