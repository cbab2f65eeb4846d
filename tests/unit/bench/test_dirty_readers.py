"""The benchmark of dirty files: what it generates, how it counts; and we never err silently."""

from collections import Counter

import pytest

from tests.bench.dirty_readers import READERS, measure, score, table_of
from tests.bench.dirty_texts import HEADERS, KINDS, DirtyText, dirty_texts

FILE = DirtyText("clean", ",", "", [["a1", "b1", "c1", "d1", "e1"]])
RIGHT = dict(zip(HEADERS, FILE.rows[0], strict=True))


def test_each_kind_gives_files_and_no_two_files_are_the_same() -> None:
    files = list(dirty_texts())
    assert {file.kind for file in files} == set(KINDS)
    assert len({(file.kind, file.text) for file in files}) == len(files) > 2_000


def test_a_cell_in_another_column_is_lost_and_wrong() -> None:
    moved = RIGHT | {"note": "", "colour": "c1", "price": "d1"}
    assert score(FILE, ([RIGHT], False)) == Counter(cells=5, right=5, lost=0, wrong=0, silent=0)
    assert score(FILE, ([moved], False)) == Counter(cells=5, right=2, lost=3, wrong=2, silent=2)
    assert score(FILE, ([moved], True)) == Counter(cells=5, right=2, lost=3, wrong=2)
    assert score(FILE, ([], True))["lost"] == 5


@pytest.mark.slow
def test_this_product_errs_in_no_file_without_a_word() -> None:
    # a prime number apart, so that all kinds, places and dialects are met
    totals, kinds = measure(list(dirty_texts())[::61])
    assert set(totals) == set(READERS)
    assert {
        kind: fingerprints["silent"]
        for kind, fingerprints in kinds.items()
        if fingerprints["silent"]
    } == {}
    assert totals["this product"]["right"] > 0.9 * totals["this product"]["cells"]
    assert len(list(table_of(totals))) == len(READERS) + 2
