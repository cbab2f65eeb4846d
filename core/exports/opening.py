"""How an execution of product-export claims its job, and what it freezes before the fan-out.

Of an import the chunks are parts of its valid rows, which never change. Of the catalogue they are
ids: so each product that was there is exported once, however many are added and removed meanwhile.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from core.exports import sentences
from core.exports.model import (
    SHEET_COLUMNS,
    SHEET_ROWS,
    ExportChunk,
    ExportPlan,
    ExportRequest,
    read_plan,
)
from core.fan_out import ManifestLocation, Opened, OpenOutcome, choose_map
from core.imports.model import ValidRows
from core.imports.output.valid_rows import read_valid_rows
from core.jobs.claiming import claim_unless_cancelled
from core.jobs.orders import ExportFormat, ExportOrder
from core.jobs.records import JobRecord, JobType
from core.jobs.repository import JobRepository
from core.outcomes import RefusalCode, Refused
from core.products.fields import Catalogue
from core.products.filter_strings import filter_terms
from core.products.queries.sorting import Order, phases_after
from core.products.repository import ProductRepository
from core.settings import Settings
from core.storage import ExportKeys, ImportKeys, ObjectMissing, ObjectStore
from core.storage.content_types import JSON


def open_export(
    store: ObjectStore,
    jobs: JobRepository,
    catalogue: Catalogue,
    products: ProductRepository,
    settings: Settings,
    *,
    execution_arn: str,
    request: ExportRequest,
    now: datetime,
) -> Opened[ExportChunk]:
    """Claim the job for the execution, and plan the export.

    Repeated for the same execution, it returns the same attempt and the same plan. A cancelled job
    is not claimed. Raises NoSuchJob if the job is not an export.
    """
    opened = Opened[ExportChunk](job_id=request.job_id, execution_arn=execution_arn)
    claim = claim_unless_cancelled(jobs, request.job_id, JobType.EXPORT, execution_arn, now)
    if claim is None:
        return opened
    job, attempt = claim
    opened = msgspec.structs.replace(opened, outcome=OpenOutcome.CLAIMED, attempt=attempt)
    keys = ExportKeys(job.id, attempt)
    try:
        plan = _Opening(store, products, settings, keys).plan(job, catalogue)
    except Refused as refused:
        return opened.refused(refused.refusal)
    store.put(settings.results_bucket, keys.chunks, msgspec.json.encode(plan.chunks), JSON)
    mode = choose_map(plan.chunk_count, settings.inline_map_max_chunks, turns=1)
    manifest = ManifestLocation(bucket=settings.results_bucket, key=keys.chunks)
    return opened.over(plan.chunks, mode, plan.row_count, manifest)


class _Opening:
    def __init__(
        self,
        store: ObjectStore,
        products: ProductRepository,
        settings: Settings,
        keys: ExportKeys,
    ) -> None:
        self._store = store
        self._products = products
        self._settings = settings
        self._bucket = settings.results_bucket
        self._keys = keys
        self._opening = uuid.uuid4().hex

    def plan(self, job: JobRecord, catalogue: Catalogue) -> ExportPlan:
        """The plan of the attempt. Two tries may run side by side and find other products: the
        first plan that is written counts. Raises Refused."""
        try:
            return read_plan(self._store, self._bucket, self._keys)
        except ObjectMissing:
            pass
        order = job.export
        if order is None:
            raise ValueError(f"job {job.id} is an export without an order")
        plan = self._of_import(order, job) if order.import_job_id else self._of(order, catalogue)
        _refuse_what_no_sheet_holds(plan, self._settings)
        data = msgspec.json.encode(plan)
        self._store.put_if_absent(self._bucket, self._keys.plan, data, JSON)
        return read_plan(self._store, self._bucket, self._keys)

    def _of_import(self, order: ExportOrder, job: JobRecord) -> ExportPlan:
        keys = ImportKeys(order.import_job_id or "", order.import_attempt or 0)
        try:
            rows = read_valid_rows(self._store, self._bucket, keys)
        except ObjectMissing:
            sentence = sentences.results_missing(job.original_file_name)
            raise Refused(RefusalCode.OBJECT_MISSING, sentence) from None
        chunks = chunks_of(rows, self._settings.export_part_rows)
        return self._plan(order, rows.names, chunks, rows.count)

    def _of(self, order: ExportOrder, catalogue: Catalogue) -> ExportPlan:
        known = {definition.name: definition for definition in catalogue.definitions}
        names = [name for name in order.columns or catalogue.names if name in known]
        if not names:
            sentence = "None of the attributes that were asked for exists any more."
            raise Refused(RefusalCode.NO_ATTRIBUTES, sentence)
        size = min(
            self._settings.export_part_rows,
            max(1, self._settings.export_part_cells // len(names)),
        )
        chunks: list[ExportChunk] = []
        rows = 0
        for ids in self._ids(order, catalogue, size):
            if rows + len(ids) > self._settings.max_export_products:
                sentence = sentences.too_many_products(self._settings.max_export_products)
                raise Refused(RefusalCode.TOO_MANY_PRODUCTS, sentence)
            self._freeze(len(chunks), msgspec.json.encode(ids))
            chunks.append(ExportChunk(index=len(chunks), first_row=rows, rows=len(ids)))
            rows += len(ids)
        plan = self._plan(order, names, chunks, rows)
        return msgspec.structs.replace(plan, definitions=tuple(known[name] for name in names))

    def _ids(self, order: ExportOrder, catalogue: Catalogue, size: int) -> Iterator[list[str]]:
        """Of the products that the filter finds, page by page: each is one range of an index."""
        try:
            terms = filter_terms(order.filter or "", catalogue)
        except ValueError as error:  # an attribute was deleted after the call
            sentence = sentences.filter_outdated(str(error))
            raise Refused(RefusalCode.FILTER_OUTDATED, sentence) from None
        ids = self._products.ids(terms, limit=size)
        while ids:
            yield ids
            (phase,) = phases_after(Order(), (ids[-1],), terms)
            ids = self._products.ids(terms, phase=phase, limit=size)

    def _freeze(self, chunk: int, data: bytes) -> None:
        key = self._keys.source(self._opening, chunk)
        self._store.put(self._bucket, key, data, "application/octet-stream")

    def _plan(
        self, order: ExportOrder, names: Sequence[str], chunks: list[ExportChunk], rows: int
    ) -> ExportPlan:
        return ExportPlan(
            job_id=self._keys.job_id,
            attempt=self._keys.attempt,
            order=order,
            names=tuple(names),
            opening=self._opening,
            chunks=tuple(chunks),
            chunk_count=len(chunks),
            row_count=rows,
        )


def chunks_of(rows: ValidRows, wished: int) -> list[ExportChunk]:
    """Parts of an import's valid rows, as many together as have the wished number of rows."""
    chunks: list[ExportChunk] = []
    start, first_row, count = 0, 0, 0
    for end, part in enumerate(rows.parts, 1):
        count += part.rows
        if count >= wished or end == len(rows.parts):
            chunks.append(
                ExportChunk(
                    index=len(chunks), first_row=first_row, rows=count, start=start, end=end
                )
            )
            start, first_row, count = end, first_row + count, 0
    return chunks


def _refuse_what_no_sheet_holds(plan: ExportPlan, settings: Settings) -> None:
    """Also refuses what our own import would refuse."""
    if plan.order.format is not ExportFormat.XLSX:
        return
    rows, columns = plan.row_count + 1, len(plan.names)
    if rows > SHEET_ROWS or columns >= SHEET_COLUMNS:
        sentence = sentences.sheet_too_small(plan.row_count, columns)
        raise Refused(RefusalCode.EXPORT_TOO_LARGE, sentence)
    if rows * columns > settings.max_workbook_cells:
        sentence = sentences.workbook_too_large(rows * columns, settings.max_workbook_cells)
        raise Refused(RefusalCode.EXPORT_TOO_LARGE, sentence)
