"""An approval is planned once: chunks of whole lines, ids that repeat, fields that are dead."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from core.approvals.lines import StoredLines, fields_of, lines_of
from core.approvals.model import CommitChunk, CommitPlan
from core.approvals.planning import plan_commit
from core.attributes.definitions import Attribute, AttributeType
from core.attributes.identity import product_id_of
from core.jobs.orders import CommitOrder
from core.jobs.records import JobRecord, JobType
from core.products.fields import Catalogue
from core.settings import Settings
from core.storage import CommitKeys, FolderStore, ImportKeys, ObjectMissing, ObjectShorter
from tests.valid_rows import leave_valid_rows

RESULTS = "results"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ORDER = CommitOrder(import_job_id="import", import_attempt=3)
KEYS = CommitKeys("approval", 1)
JOB = JobRecord(
    commit=ORDER,
    id="approval",
    type=JobType.COMMIT,
    s3_bucket="uploads",
    s3_key="user-uploads/a/products.csv",
    original_file_name="products.csv",
    submitted_at=NOW,
    updated_at=NOW,
    created_by="somebody",
    updated_by="somebody",
)
ATTRIBUTES = Catalogue(
    tuple(
        Attribute(
            id=name.lower(),
            name=name,
            type=type_,
            created_at=NOW,
            updated_at=NOW,
            created_by="a",
            updated_by="a",
        )
        for name, type_ in {
            "SKU": AttributeType.SHORT_TEXT,
            "Text": AttributeType.LONG_TEXT,
            "Price": AttributeType.NUMBER,
        }.items()
    )
)


IMPORTED = ImportKeys(ORDER.import_job_id, ORDER.import_attempt)


def imported(
    store: FolderStore, products: Sequence[Mapping[str, Any]], part_rows: int = 10
) -> None:
    """What the import left: its products, in the order of the file."""
    leave_valid_rows(store, RESULTS, IMPORTED, products, part_rows)


def plan(
    store: FolderStore,
    chunk_bytes: int = 100,
    catalogue: Catalogue = ATTRIBUTES,
) -> tuple[CommitPlan, tuple[CommitChunk, ...]]:
    settings = Settings(results_bucket=RESULTS, commit_chunk_bytes=chunk_bytes)
    return plan_commit(store, settings, KEYS, JOB, catalogue)


def rows_of(store: FolderStore, chunk: CommitChunk) -> list[dict[str, Any]]:
    lines = lines_of(store, Settings(results_bucket=RESULTS), ORDER).between(chunk.start, chunk.end)
    return [fields_of(line) for line in lines]


def repeated_lines(store: FolderStore, chunks: Sequence[CommitChunk]) -> list[int]:
    found: list[int] = []
    for chunk in chunks:
        if chunk.repeated:
            lines = json.loads(store.get(RESULTS, KEYS.repeats(chunk.index)))
            assert len(lines) == chunk.repeated
            found += lines
    return found


PRODUCTS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "SKU": st.sampled_from(["A", "B", "C", "ü", "A "]),
            "Text": st.text(st.characters(codec="utf-8"), max_size=40),
            "Gone": st.integers(0, 3),
        },
    ),
    max_size=25,
)


@pytest.mark.slow
@hypothesis(max_examples=60, deadline=None)
@given(PRODUCTS, st.integers(1, 200), st.integers(1, 9))
def test_the_chunks_hold_every_line_once_and_the_last_of_an_id_stands(
    products: list[dict[str, Any]], chunk_bytes: int, part_rows: int
) -> None:
    with TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        imported(store, products, part_rows)

        planned, chunks = plan(store, chunk_bytes)

        # rows in order, without gap or overlap
        assert [chunk.index for chunk in chunks] == list(range(planned.chunk_count))
        assert [chunk.start for chunk in chunks] == [0, *(c.end for c in chunks)][: len(chunks)]
        assert sum(chunk.rows for chunk in chunks) == planned.row_count == len(products)
        assert (chunks[-1].end if chunks else 0) == len(products)
        read = [line for chunk in chunks for line in rows_of(store, chunk)]
        assert read == products
        # a line repeats exactly if a later line names the same product
        names = set(ATTRIBUTES.names)
        known = [{n: v for n, v in product.items() if n in names} for product in products]
        ids = [product_id_of(values) if values else object() for values in known]
        expected = [n for n, own in enumerate(ids, 1) if own in ids[n:]]
        assert repeated_lines(store, chunks) == expected
        assert set(planned.ignored_fields) == {n for p in products for n in p} - names


def test_the_plan_freezes_who_when_and_by_which_attributes(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    imported(store, [{"SKU": "A"}])

    planned, _ = plan(store)

    assert (planned.at, planned.actor, planned.order) == (NOW, "somebody", ORDER)
    assert planned.import_source == "user-uploads/a/products.csv"
    assert planned.attributes["Price"] is AttributeType.NUMBER
    assert msgspec.json.decode(store.get(RESULTS, KEYS.plan), type=CommitPlan) == planned


def test_a_repeated_planning_gives_what_the_first_one_froze(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    imported(store, [{"SKU": "A"}, {"SKU": "B"}])
    first = plan(store)
    imported(store, [{"SKU": "C"}])

    assert plan(store) == first


@pytest.mark.parametrize("moment", range(8))
def test_two_openings_around_a_change_of_attributes_never_mix_their_plans(
    tmp_path: Path, moment: int
) -> None:
    """The second opening does all its work in the middle of the first, between two of its writes:
    whatever is read afterwards is the work of one of them."""
    marked = Catalogue(
        tuple(
            msgspec.structs.replace(a, is_identifier=a.name == "Price")
            for a in ATTRIBUTES.attributes
            if a.name != "Text"
        )
    )
    rows = [{"SKU": f"S{n % 3}", "Text": "t", "Price": n % 2} for n in range(6)]
    store = _Interrupted(tmp_path, moment, lambda inner: plan(inner, 60, catalogue=marked))
    imported(store, rows)
    store.armed = True

    plan(store)

    planned, chunks = plan(store)
    alone = FolderStore(tmp_path / "alone")
    imported(alone, rows)
    catalogue, size = (marked, 60) if planned.identifier == "Price" else (ATTRIBUTES, 100)
    expected = plan(alone, size, catalogue=catalogue)
    assert (planned, chunks) == expected
    assert repeated_lines(store, chunks) == repeated_lines(alone, expected[1])
    assert json.loads(store.get(RESULTS, KEYS.chunks)) == list(msgspec.to_builtins(chunks))


class _Interrupted(FolderStore):
    """Lets something happen before the write of a number."""

    def __init__(self, folder: Path, moment: int, happens: Callable[[FolderStore], Any]) -> None:
        super().__init__(folder / "shared")
        self._left, self._happens, self._inner = moment, happens, FolderStore(folder / "shared")
        self.armed = False

    def _tick(self) -> None:
        if self.armed:
            self._left -= 1
            if self._left < 0:
                self.armed = False
                self._happens(self._inner)

    def put(self, *given: Any) -> None:
        self._tick()
        super().put(*given)

    def put_if_absent(self, *given: Any) -> bool:
        self._tick()
        return super().put_if_absent(*given)


def test_products_that_are_gone_are_told_by_their_key(tmp_path: Path) -> None:
    with pytest.raises(ObjectMissing) as missing:
        plan(FolderStore(tmp_path))
    assert missing.value.key == "valid-rows/import/3/parts.json"


def test_a_part_that_lost_bytes_never_passes_for_whole(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    imported(store, [{"SKU": "A"}, {"SKU": "B"}])
    key = IMPORTED.part(0, 0)
    store.put(RESULTS, key, store.get(RESULTS, key)[:-1], "application/vnd.apache.parquet")

    with pytest.raises(ObjectShorter):
        plan(store)


def test_a_file_of_suggestions_that_is_cut_off_never_passes_for_whole(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.put(RESULTS, "lines", b'{"_id":"A"}\n{"_id":', "application/x-ndjson")

    with pytest.raises(ValueError, match="whole line"):
        list(StoredLines(store, Settings(results_bucket=RESULTS), "lines").between(0))
