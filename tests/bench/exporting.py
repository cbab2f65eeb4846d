"""An export in one process, over a folder as its store: the parts and the file, without machine
and database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from core.exports.closing import pieces_of
from core.exports.model import ExportChunk, ExportPlan, ExportTask
from core.exports.parts import export_part
from core.imports.local_run import side_by_side
from core.imports.output.parquet_files import column_names, footer_of, slices
from core.jobs.orders import ExportFormat, ExportOrder
from core.outcomes import Refusal
from core.products.documents import Document
from core.products.queries.conditions import Term
from core.products.queries.sorting import Order
from core.storage import Assembly, ExportKeys
from core.storage.content_types import JSON
from tests.bench.inputs import KEYS, RESULTS, SETTINGS, InFolder, import_in_folder

EXPORT = ExportKeys("00000000-0000-4000-8000-000000000002", 1)


class NoCatalogue:
    """The rows of an import need none."""

    def find(self, terms: Sequence[Term], order: Order, *, limit: int) -> list[Document]:
        raise AssertionError("the catalogue was read")


@dataclass(frozen=True)
class Exports:
    file: Path
    folder: Path

    @cached_property
    def _imported(self) -> InFolder:
        done = import_in_folder(self.file, self.folder)
        assert not isinstance(done.outcome, Refusal), done.outcome
        return done

    @property
    def row_count(self) -> int:
        outcome = self._imported.outcome
        return 0 if isinstance(outcome, Refusal) else outcome.valid_rows

    def export(self, name: str) -> int:
        """Returns the size of the file."""
        store = self._imported.store
        plan = self._plan(ExportFormat(name))
        store.put(RESULTS, EXPORT.plan, msgspec.json.encode(plan), JSON)
        tasks = [
            ExportTask(job_id=EXPORT.job_id, attempt=EXPORT.attempt, chunk=chunk)
            for chunk in plan.chunks
        ]
        summaries = list(
            side_by_side(lambda task: export_part(store, NoCatalogue(), SETTINGS, task), tasks)
        )
        key = EXPORT.file(name)
        pieces = pieces_of(store, SETTINGS, plan, summaries)
        store.assemble(RESULTS, [Assembly(key, JSON, pieces)])
        return store.head(RESULTS, key).size

    def _plan(self, file_format: ExportFormat) -> ExportPlan:
        store = self._imported.store
        footer = footer_of(store.get(RESULTS, KEYS.all_product_table))
        chunks: list[ExportChunk] = []
        rows = 0
        for piece in slices(footer, SETTINGS.export_part_rows):
            store.put(RESULTS, EXPORT.source("bench", len(chunks)), piece.tail, JSON)
            chunks.append(
                ExportChunk(
                    index=len(chunks),
                    first_row=rows,
                    rows=piece.rows,
                    start=piece.start,
                    end=piece.end,
                )
            )
            rows += piece.rows
        return ExportPlan(
            job_id=EXPORT.job_id,
            attempt=EXPORT.attempt,
            order=ExportOrder(
                format=file_format, import_job_id=KEYS.job_id, import_attempt=KEYS.attempt
            ),
            names=tuple(column_names(footer)),
            opening="bench",
            chunks=tuple(chunks),
            chunk_count=len(chunks),
            row_count=rows,
        )
