"""The parts that an object is put together from, and requests side by side."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.storage import Span, in_order
from core.storage.assembling import (
    GATHERED_PART_BYTES,
    LEAST_PART_BYTES,
    MOST_COPIED_BYTES,
    MOST_PARTS,
    parts_of,
)

MIB = 1024 * 1024
SIZES = st.lists(
    st.sampled_from([0, 1, MIB, 4 * MIB, 5 * MIB - 1, 5 * MIB, 9 * MIB, 700 * MIB])
    | st.integers(0, 30 * MIB),
    max_size=30,
)


def spans(sizes: list[int]) -> list[Span]:
    return [Span(str(at), 7, 7 + size) for at, size in enumerate(sizes)]


@given(SIZES)
def test_parts_hold_all_bytes_in_order_and_have_sizes_that_s3_takes(sizes: list[int]) -> None:
    parts = parts_of(spans(sizes))

    runs = [run for part in parts for run in ([part] if isinstance(part, Span) else part.pieces)]
    expected = [span for span in spans(sizes) if span.size]
    joined: list[Span] = []
    for run in runs:
        assert isinstance(run, Span)
        if joined and joined[-1].key == run.key:
            assert joined[-1].end == run.start
            joined[-1] = Span(run.key, joined[-1].start, run.end)
        else:
            joined.append(run)
    assert joined == expected
    for part in parts:
        size = part.size if isinstance(part, Span) else sum(p.size for p in part.pieces)  # type: ignore[union-attr]
        assert part is parts[-1] or size >= LEAST_PART_BYTES
        if isinstance(part, Span):
            assert size <= MOST_COPIED_BYTES
        else:
            assert size < 2 * GATHERED_PART_BYTES + LEAST_PART_BYTES


def test_a_piece_that_is_large_enough_is_copied_and_not_read() -> None:
    parts = parts_of([b"header", *spans([16 * MIB, 16 * MIB, 6 * MIB])])

    read = [p for p in parts if not isinstance(p, Span)]
    assert len(read) == 1
    assert len(parts) == 4


@pytest.mark.parametrize("size", [5 * MIB, 6 * MIB])
def test_so_many_pieces_never_give_more_parts_than_s3_takes(size: int) -> None:
    assert len(parts_of(spans([size] * 25_000))) <= MOST_PARTS


def test_results_come_in_the_order_of_the_items_while_calls_overlap() -> None:
    meeting = threading.Barrier(3, timeout=10)  # breaks unless three calls are under way at once

    def call(item: int) -> int:
        meeting.wait()
        return item * 2

    assert list(in_order(call, range(6), in_flight=3)) == [0, 2, 4, 6, 8, 10]


def test_an_error_comes_where_its_result_would_stand() -> None:
    def call(item: int) -> int:
        return 6 // item

    results = in_order(call, [1, 2, 0, 3], in_flight=2)

    assert [next(results), next(results)] == [6, 3]
    with pytest.raises(ZeroDivisionError):
        next(results)
