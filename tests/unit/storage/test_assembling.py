"""The parts that an object is put together from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.storage import Span
from core.storage.parts import (
    GATHERED_PART_BYTES,
    HELD_BYTES,
    LEAST_PART_BYTES,
    MOST_COPIED_BYTES,
    MOST_PARTS,
    parts_at_once,
    parts_of,
)
from core.storage.pieces import size_of

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
        size = part.size if isinstance(part, Span) else sum(map(size_of, part.pieces))
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


def through_memory(sizes: list[int]) -> list[int]:
    """Sizes of the parts that are gathered, once it is sure that S3 takes all of them."""
    parts = parts_of(spans(sizes))
    gathered = [sum(map(size_of, part.pieces)) for part in parts if not isinstance(part, Span)]
    copied = [part.size for part in parts if isinstance(part, Span)]
    assert len(parts) <= MOST_PARTS
    assert sum(gathered) + sum(copied) == sum(sizes)
    assert max(copied, default=0) <= 5 * 1024 * MIB
    return gathered


@pytest.mark.parametrize("size", [5 * MIB, 32 * MIB])
def test_pieces_that_fit_the_parts_of_an_upload_are_copied_however_large_the_object(
    size: int,
) -> None:
    assert through_memory([size] * 4_999) == []
    assert through_memory([size] * MOST_PARTS) == []


def test_only_as_many_neighbours_as_needed_go_through_memory() -> None:
    assert through_memory([32 * MIB] * (MOST_PARTS + 100)) == [64 * MIB] * 100


def test_small_neighbours_are_gathered_before_large_ones() -> None:
    assert set(through_memory([32 * MIB, 32 * MIB, 6 * MIB, 6 * MIB] * 2_600)) == {12 * MIB}


@pytest.mark.parametrize(("size", "part"), [(5 * MIB, 15), (6 * MIB, 30)])
def test_so_many_pieces_never_give_more_parts_than_s3_takes(size: int, part: int) -> None:
    gathered = through_memory([size] * 25_000)

    assert max(gathered) <= part * MIB
    assert parts_at_once(parts_of(spans([size] * 25_000))) * max(gathered) <= HELD_BYTES


def test_pieces_above_what_is_copied_at_once_do_not_give_too_many_parts_either() -> None:
    assert through_memory([700 * MIB] * 6_000) == []
