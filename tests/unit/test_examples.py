"""The profile of `make test-fast` lowers the number of examples, of all tests with properties."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytest_plugins = ["pytester"]

PROPERTIES = """
    from hypothesis import given, settings, strategies

    seen = []

    @given(strategies.integers())
    @settings(max_examples=50)
    def test_with_a_number_of_its_own(number):
        seen.append(number)

    def test_of_the_number():
        assert len(seen) == {expected}
"""


@pytest.mark.parametrize(("profile", "expected"), [("product", 50), ("few", 10)])
def test_a_profile_scales_the_numbers_that_tests_state(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, profile: str, expected: int
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest("from tests.conftest import pytest_collection_finish")
    pytester.makepyfile(PROPERTIES.format(expected=expected))

    run = pytester.runpytest_subprocess("-p", "no:schemathesis", f"--hypothesis-profile={profile}")

    run.assert_outcomes(passed=2)
