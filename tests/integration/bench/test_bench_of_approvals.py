"""The bench of approvals measures what it says; its counts are checked within it."""

import pytest

from tests.bench.commit_vs_bulk import measure_commit


def test_the_bench_tells_rates_of_all_three_approvals() -> None:
    figures = measure_commit(rows=130)

    assert figures.rows == 130
    assert figures.bulk_rate > 0
    assert figures.commit_vs_bulk == pytest.approx(figures.first_rate / figures.bulk_rate)
    assert figures.unchanged_rate > 0
    assert figures.mixed_rate > 0
