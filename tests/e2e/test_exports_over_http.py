"""Exports through the product, seen only from outside, with the roles enforced."""

from __future__ import annotations

import io
import json
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from rich.console import Console

from infra.client.rest import Rest
from infra.operations.exporting import export
from infra.operations.target import Target
from tests.e2e.approvals_over_http import approve, imported, portal, wait

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    return portal(stack)


@pytest.fixture
def batch() -> str:
    """Marks the products of one test: the catalogue is everybody's."""
    return uuid.uuid4().hex[:12]


def downloaded(job: dict[str, Any]) -> bytes:
    assert job["status"] == "COMPLETED", job
    with urllib.request.urlopen(job["downloads"]["export"], timeout=30) as answer:
        data: bytes = answer.read()
    return data


def test_rows_of_an_import_and_the_catalogue_become_files(
    rest: Rest, batch: str, tmp_path: Path
) -> None:
    job = imported(rest, batch, [1, 2.5, 1000])
    approve(rest, job["_id"])

    started = rest.call("POST", f"/processing-jobs/{job['_id']}/exports", {"format": "ndjson"})
    rows = downloaded(wait(rest, started["jobId"]))
    body = {
        "format": "xlsx",
        "filter": {"Approval Batch": batch},
        "columns": ["ProductSKU", "Approval Price", "Approval Weight"],
    }
    workbook = downloaded(wait(rest, rest.call("POST", "/products/export", body)["jobId"]))

    prices = [json.loads(line)["Approval Price"] for line in rows.splitlines()]
    assert prices == [1, 2.5, 1000]
    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).active
    assert [row[1:] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        (price, "2.5 kg") for price in prices
    ]

    # make export
    target = Target("", rest, "", "", client=lambda _service: None)
    for name in ("products.csv", "products.parquet"):
        environment = {"OUT": str(tmp_path / name), "FILTER": f"Approval+Batch={batch}"}
        assert export(target, environment, Console(quiet=True)) == 0
    lines = (tmp_path / "products.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1 + len(prices)
