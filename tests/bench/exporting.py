"""An export in one process, over a folder as its store: the parts and the file, without machine
and database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec

from core.exports.closing import pieces_of
from core.exports.model import ExportPlan, ExportTask
from core.exports.opening import chunks_of
from core.exports.parts import export_part
from core.imports.local_run import side_by_side
from core.imports.output.valid_rows import read_valid_rows
from core.jobs.orders import ExportFormat, ExportOrder
from core.outcomes import Refusal
from core.products.documents import Document
from core.products.queries.conditions import Term
from core.products.queries.sorting import Order
from core.storage import Assembly, ExportKeys, FolderStore
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
        return export_rows(self._imported.store, ExportFormat(name))


def export_rows(store: FolderStore, file_format: ExportFormat) -> int:
    """Export the valid rows of the import in the store. Returns the size of the file."""
    plan = _plan(store, file_format)
    store.put(RESULTS, EXPORT.plan, msgspec.json.encode(plan), JSON)
    tasks = [
        ExportTask(job_id=EXPORT.job_id, attempt=EXPORT.attempt, chunk=chunk)
        for chunk in plan.chunks
    ]
    summaries = list(
        side_by_side(lambda task: export_part(store, NoCatalogue(), SETTINGS, task), tasks)
    )
    key = EXPORT.file(file_format)
    pieces = pieces_of(store, SETTINGS, plan, summaries)
    store.assemble(RESULTS, [Assembly(key, JSON, pieces)])
    return store.head(RESULTS, key).size


def _plan(store: FolderStore, file_format: ExportFormat) -> ExportPlan:
    rows = read_valid_rows(store, RESULTS, KEYS)
    chunks = chunks_of(rows, SETTINGS.export_part_rows)
    return ExportPlan(
        job_id=EXPORT.job_id,
        attempt=EXPORT.attempt,
        order=ExportOrder(
            format=file_format, import_job_id=KEYS.job_id, import_attempt=KEYS.attempt
        ),
        names=rows.names,
        opening="bench",
        chunks=tuple(chunks),
        chunk_count=len(chunks),
        row_count=rows.count,
    )
