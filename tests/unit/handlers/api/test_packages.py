"""The functions of the API are packaged without the libraries for columns."""

import subprocess
import sys

import pytest

from tests.sources import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("resource", ["attributes", "uploads", "jobs"])
def test_a_function_of_the_api_loads_no_library_for_columns(resource: str) -> None:
    script = (
        f"import sys, handlers.api.{resource}\n"
        "print(sorted({'polars', 'numpy', 'fastexcel'} & sys.modules.keys()))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.strip() == "[]"
