"""The comparison of values, step by step: repeated, out of order, at another time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from core.fan_out import FanOut
from core.file_format import ReadingOptions
from core.imports.chunks import validate_chunk
from core.imports.model import ChunkSummary
from core.imports.output.results import aggregate_results
from core.imports.planning import plan_import
from core.imports.task_model import AttemptTask
from core.imports.uniqueness.catalogue import plan_revalidation
from core.imports.uniqueness.repeats import find_repeats
from core.imports.uniqueness.revalidation import RevalidationChunk
from core.imports.uniqueness.tasks import run_catalogue_task, run_repeats_task
from core.storage.chunk_summaries import ChunkUnaccounted
from tests.unit.imports.import_kit import KEYS, NOW
from tests.unit.imports.uniqueness.unique_values_kit import (
    PRICED,
    UNIQUE_PRICE,
    Shelf,
    files_of,
    limits,
    lines,
    stored,
    text_of,
)


class _Ready:
    """An import after its first pass."""

    def __init__(self, folder: str) -> None:
        self.rows = [(code, "", "") for code in "ABCABCDEFA"]
        self.store, source = stored(folder, text_of(self.rows, PRICED))
        self.limits = limits(chunk_target_bytes=20)
        plan = plan_import(self.store, self.limits, KEYS, source, ReadingOptions(), UNIQUE_PRICE)
        assert not isinstance(plan, msgspec.Struct) or hasattr(plan, "chunk_count")
        self.plan: Any = plan
        data = self.store.get("results", KEYS.chunks)
        self.chunks = msgspec.json.decode(data, type=list[RevalidationChunk])
        assert len(self.chunks) > 3
        for chunk in self.chunks:
            self.validate(chunk)

    def validate(self, chunk: RevalidationChunk) -> ChunkSummary:
        return validate_chunk(self.store, self.limits, KEYS, self.plan, UNIQUE_PRICE, chunk)

    def again(self, catalogue: Shelf | None = None) -> tuple[RevalidationChunk, ...]:
        find_repeats(self.store, self.limits, KEYS, self.plan)
        return plan_revalidation(self.store, self.limits, KEYS, self.plan, UNIQUE_PRICE, catalogue)

    def aggregate(self) -> list[bytes]:
        aggregate_results(self.store, self.limits, KEYS, now=NOW)
        return files_of(self.store)


def test_results_are_not_gathered_before_values_were_compared(tmp_path: Path) -> None:
    ready = _Ready(str(tmp_path))

    with pytest.raises(ChunkUnaccounted, match="not compared"):
        ready.aggregate()


def test_results_are_not_gathered_before_every_chunk_was_judged_again(tmp_path: Path) -> None:
    ready = _Ready(str(tmp_path))
    *most, last = ready.again()
    for chunk in most:
        ready.validate(chunk)

    with pytest.raises(ChunkUnaccounted, match="not validated again"):
        ready.aggregate()
    ready.validate(last)
    assert len(lines(ready.aggregate()[2])) == 4


def test_a_repetition_of_any_step_gives_the_same_bytes(tmp_path: Path) -> None:
    ready = _Ready(str(tmp_path))
    for chunk in ready.again():
        ready.validate(chunk)
    before = ready.aggregate()
    work = {key: ready.store.get("results", key) for key in ready.store.list_keys("results", "")}

    for chunk in ready.chunks:  # all once more, from the first pass on
        ready.validate(chunk)
    for chunk in ready.again():
        ready.validate(chunk)
        ready.validate(chunk)

    assert ready.aggregate() == before
    again = {key: ready.store.get("results", key) for key in ready.store.list_keys("results", "")}
    assert again == work


def test_a_catalogue_that_changes_meanwhile_changes_nothing_of_this_attempt(
    tmp_path: Path,
) -> None:
    ready = _Ready(str(tmp_path))
    first = ready.again(Shelf({"X": {"Tag": "none"}}))

    assert ready.again(Shelf({"X": {"Tag": "none"}, "Y": {"Price": 1}})) == first


def test_chunks_without_repeats_are_not_judged_again(tmp_path: Path) -> None:
    ready = _Ready(str(tmp_path))

    concerned = {chunk.index for chunk in ready.again()}

    rows = {
        chunk.index: range(chunk.first_row, chunk.first_row + chunk.rows) for chunk in ready.chunks
    }
    assert concerned == {index for index, held in rows.items() if {4, 5, 6, 10} & {*held}}
    assert len(concerned) < len(ready.chunks)


def test_the_second_pass_is_planned_as_the_first_is(tmp_path: Path) -> None:
    ready = _Ready(str(tmp_path))
    store, attempt = ready.store, AttemptTask(job_id="job", attempt=1)
    store.put("results", KEYS.definitions, msgspec.json.encode(UNIQUE_PRICE), "")
    assert run_repeats_task(store, ready.limits, attempt) > 1

    few = run_catalogue_task(store, ready.limits, attempt, Shelf({}))
    many = run_catalogue_task(store, limits(inline_map_max_chunks=1), attempt, Shelf({}))

    assert (few.mode, few.compares_values) == (FanOut.INLINE, False)
    assert len(few.chunks) == few.chunk_count > 1
    assert (many.mode, many.chunks, many.chunk_count) == (FanOut.DISTRIBUTED, (), few.chunk_count)
    assert many.manifest.key == KEYS.again
    assert json.loads(store.get("results", KEYS.again)) == json.loads(
        msgspec.json.encode(few.chunks)
    )
