"""How large the files are: for minutes, for the figures that are published, and for tests."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    name: str
    rows: int
    """Of the files that the ratios against the floor, and the pipeline, are measured with."""
    loop_rows: int
    small_rows: int
    large_rows: int
    """The two files of the growth."""
    large_bytes: int
    """Of the CSV for the planner's memory."""
    workbook_rows: int
    commit_rows: int
    repeats: int
    """Of what takes seconds, baseline and ours in turn."""
    heavy_repeats: int
    """Of what takes minutes."""
    uploads: int
    """Of the small file."""


TINY = Scale(
    name="tiny",
    rows=2_000,
    loop_rows=500,
    small_rows=500,
    large_rows=1_500,
    large_bytes=3 * MB,
    workbook_rows=300,
    commit_rows=300,
    repeats=1,
    heavy_repeats=1,
    uploads=1,
)
QUICK = Scale(
    name="quick",
    rows=200_000,
    loop_rows=50_000,
    small_rows=100_000,
    large_rows=500_000,
    large_bytes=500 * MB,
    workbook_rows=50_000,
    commit_rows=10_000,
    repeats=5,
    heavy_repeats=1,
    uploads=5,
)
FULL = Scale(
    name="full",
    rows=1_000_000,
    loop_rows=200_000,
    small_rows=100_000,
    large_rows=5_000_000,
    large_bytes=2_000 * MB,
    workbook_rows=400_000,
    commit_rows=100_000,
    repeats=5,
    heavy_repeats=3,
    uploads=9,
)
