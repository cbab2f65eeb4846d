"""The measurement of FindRepeats finds what it wrote."""

from tests.bench.unique_values import measure_repeats


def test_the_measurement_counts_every_repeat_that_it_wrote() -> None:
    measured = measure_repeats(rows=90_000, repeated=1_000)  # raises where they differ

    assert (measured.rows, measured.repeats, measured.chunks) == (90_000, 1_000, 3)
    assert measured.peak_mb > 0
