"""`make export`: the call that its variables become."""

from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from infra.errors import LauncherError
from infra.operations.exporting import export, order_of
from infra.operations.target import Target


@pytest.mark.parametrize(
    ("name", "environment", "order"),
    [
        ("products.csv", {}, {"format": "csv"}),
        ("a.XLSX", {"JOB": "7d1c"}, {"format": "xlsx"}),
        ("a.csv", {"GUARDED": "1"}, {"format": "csv", "guarded": True}),
        ("a.csv", {"GUARDED": "0"}, {"format": "csv"}),
        (
            "a.ndjson",
            {"FILTER": "?Price[gte]=1", "COLUMNS": "Name, Price,"},
            {"format": "ndjson", "filter": "Price[gte]=1", "columns": ["Name", "Price"]},
        ),
    ],
)
def test_the_order(name: str, environment: dict[str, str], order: dict[str, Any]) -> None:
    assert order_of(Path(name), environment) == order


@pytest.mark.parametrize(
    ("name", "environment"),
    [("products.pdf", {}), ("products", {}), ("a.csv", {"JOB": "7d1c", "FILTER": "a=b"})],
)
def test_what_cannot_be_ordered_is_refused(name: str, environment: dict[str, str]) -> None:
    with pytest.raises(LauncherError):
        order_of(Path(name), environment)


def test_a_file_that_exists_stays_unless_told(tmp_path: Path) -> None:
    out = tmp_path / "products.csv"
    out.write_text("mine")
    with pytest.raises(LauncherError, match="OVERWRITE=1"):
        export(cast("Target", None), {"OUT": str(out)}, Console(quiet=True))
    assert out.read_text() == "mine"
