"""A short run of `make fuzz`, always with the same input; a long one draws its own."""

import pytest

from tests.fuzz.files import check_file
from tests.fuzz.targets import TARGETS


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_any_input_is_read_or_refused(name: str) -> None:
    examples = 30 if TARGETS[name].check is not check_file else 8  # a file is imported twice
    TARGETS[name].run(examples, number=20261129)
