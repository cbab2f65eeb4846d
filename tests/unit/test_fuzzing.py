"""A short run of `make fuzz`, always with the same input; a long one draws its own."""

import pytest

from tests.fuzz.targets import TARGETS


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_any_input_is_read_or_refused(name: str) -> None:
    TARGETS[name].run(examples=30, number=20261129)
