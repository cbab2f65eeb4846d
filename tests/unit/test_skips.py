"""A run of tests says what it left out, and for want of what."""

import pytest

from tests.shared_data import needed
from tests.skips import lines_of

pytest_plugins = ["pytester"]


def test_every_reason_is_named_once_with_its_number_of_tests() -> None:
    assert lines_of(["no ps", "no data", "no data"]) == ["2 tests: no data", "1 test: no ps"]


def test_the_end_of_a_run_names_what_is_missing(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from tests.conftest import pytest_terminal_summary")
    pytester.makepyfile(
        """
        import pytest
        from tests.shared_data import needed

        @needed("nowhere")
        @pytest.mark.parametrize("number", [1, 2])
        def test_of_data(number): ...

        def test_of_a_program():
            pytest.skip("Chromium is not installed")

        def test_of_nothing_else(): ...
        """
    )

    run = pytester.runpytest_inprocess()

    run.assert_outcomes(passed=1, skipped=3)
    run.stdout.fnmatch_lines(
        [
            "*not tested here, because something is missing*",
            "2 tests: ../shared/data/nowhere is not there",
            "1 test: Chromium is not installed",
        ]
    )


def test_a_run_that_left_nothing_out_says_nothing(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from tests.conftest import pytest_terminal_summary")
    pytester.makepyfile("def test_of_nothing(): ...")

    assert "not tested here" not in str(pytester.runpytest_inprocess().stdout)


def test_a_missing_folder_is_shown_as_seen_from_the_repository() -> None:
    assert needed("nowhere").kwargs["reason"] == "../shared/data/nowhere is not there"
    assert needed().kwargs["reason"] == "../shared/data is not there"
