"""The work that is measured: the floor, and the core's steps over a file on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.compilation import compile_rules
from core.clock import now
from core.file_format import ReadingOptions
from core.imports.chunks import validate_chunk
from core.imports.local_run import side_by_side
from core.imports.model import Chunk, Plan
from core.imports.output.faults import count_by_code, fault_lines
from core.imports.output.results import aggregate_results
from core.imports.planning import plan_import
from core.imports.reading import read_chunk
from core.imports.uniqueness.catalogue import plan_revalidation
from core.imports.uniqueness.repeats import find_repeats
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import FolderStore
from tests.bench.inputs import (
    KEYS,
    RESULTS,
    SETTINGS,
    definitions_of,
    import_in_folder,
    source_in,
)

AS_DETECTED = ReadingOptions()


def floor(file: Path) -> int:
    """The yardstick: polars reads the same bytes as strings. Returns the rows."""
    return pl.read_csv(file, infer_schema=False).height


@dataclass(frozen=True)
class Steps:
    """The core's steps over one file, with a folder as the store."""

    file: Path
    folder: Path
    settings: Settings = SETTINGS
    options: ReadingOptions = AS_DETECTED

    @cached_property
    def store(self) -> FolderStore:
        return FolderStore(self.folder)

    @cached_property
    def definitions(self) -> list[AttributeDefinition]:
        return definitions_of(self.file)

    def plan(self) -> Plan:
        """Plan, as the task of the pipeline does."""
        source = source_in(self.folder, self.file)
        planned = plan_import(
            self.store, self.settings, KEYS, source, self.options, self.definitions
        )
        assert not isinstance(planned, Refusal), planned
        return planned

    @cached_property
    def planned(self) -> tuple[Plan, list[Chunk]]:
        plan = self.plan()
        return plan, msgspec.json.decode(self.store.get(RESULTS, KEYS.chunks), type=list[Chunk])

    def check(self) -> dict[str, int]:
        """Parse, normalise, validate, and word every fault, chunk by chunk, as many at once
        as `run_import` and the command line do. Returns the faults by code. Nothing is
        written."""
        plan, chunks = self.planned
        found: Counter[str] = Counter()
        for counts in side_by_side(lambda chunk: self._faults_of(plan, chunk), chunks):
            found.update(counts)
        return dict(sorted(found.items()))

    def _faults_of(self, plan: Plan, chunk: Chunk) -> dict[str, int]:
        book = compile_rules(self.definitions, plan.columns, self.settings)
        batch = read_chunk(self.store, RESULTS, KEYS, plan, chunk)
        faults = book.validate(batch.frame, batch.doubts).faults
        fault_lines(faults, batch.first_row)
        return count_by_code(faults)

    def validate(self) -> int:
        """The chunk tasks whole, with products, faults and rejected rows written, and those again
        in which a value repeats that may occur once. Returns rows."""
        plan, chunks = self.planned
        rows = sum(side_by_side(lambda chunk: self._validate(plan, chunk), chunks))
        if plan.unique_columns:
            for chunk in self.repeating(plan):
                self._validate(plan, chunk)
        return rows

    def repeating(self, plan: Plan) -> Sequence[Chunk]:
        """The chunks that must be validated again."""
        find_repeats(self.store, self.settings, KEYS, plan)
        return plan_revalidation(
            self.store, self.settings, KEYS, plan, self.definitions, catalogue=None
        )

    def _validate(self, plan: Plan, chunk: Chunk) -> int:
        return validate_chunk(self.store, self.settings, KEYS, plan, self.definitions, chunk).rows


# What children run; arguments and answers are JSON.


def plan_file(file: str, folder: str) -> dict[str, int]:
    plan = Steps(Path(file), Path(folder)).plan()
    return {"rows": plan.row_count, "chunks": plan.chunk_count}


def validate_planned(file: str, folder: str, chunk: int) -> int:
    """One chunk of a file that `plan_file` planned in the same folder."""
    steps = Steps(Path(file), Path(folder))
    store = steps.store
    plan = msgspec.json.decode(store.get(RESULTS, KEYS.plan), type=Plan)
    chunks = msgspec.json.decode(store.get(RESULTS, KEYS.chunks), type=list[Chunk])
    return validate_chunk(store, SETTINGS, KEYS, plan, steps.definitions, chunks[chunk]).rows


def find_repeats_validated(folder: str) -> int:
    """Compare the values of the chunks of a folder in which all are validated."""
    store = FolderStore(Path(folder))
    plan = msgspec.json.decode(store.get(RESULTS, KEYS.plan), type=Plan)
    find_repeats(store, SETTINGS, KEYS, plan)
    return plan.row_count


def aggregate_validated(folder: str) -> int:
    """Gather the chunks of a folder in which all are validated."""
    outcome = aggregate_results(FolderStore(Path(folder)), SETTINGS, KEYS, now=now())
    return outcome.row_count


def import_whole(file: str, folder: str) -> int:
    """The whole import in one process. Returns rows."""
    outcome = import_in_folder(Path(file), Path(folder)).outcome
    assert not isinstance(outcome, Refusal), outcome
    return outcome.row_count
