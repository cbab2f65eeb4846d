"""Catalogues as they come: from the raw file to approved products, without a hand-written
attribute."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from infra.client.rest import Rest
from tests.shared_data import SHARED_DATA, needed

pytestmark = [pytest.mark.e2e, needed("catalogues")]

FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 60
LINES = 50
"""Of a catalogue: the stack cuts files into chunks of 2,000 bytes, and this is no test of size."""
LIKE_SHOPIFY = "".join(
    f"{line}\n"
    for line in (
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,"
        "Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Image Src,Status",
        *(
            f'lamp-{n},Lamp {n},"<p>Lamp, no. {n}</p>",Acme,Lamps,"home, light",TRUE,Colour,'
            f"{('Red', 'Blue')[n % 2]},L-{n},{500 + n},{n % 5},{n}.90,"
            f"https://cdn.example/lamp-{n}.jpg,active"
            for n in range(12)
        ),
    )
)
CATALOGUES = (
    "akeneo_catalog_modeling_products.csv",
    "woocommerce_importer_test_sample.csv",
    "prestashop_products_import.csv",
    "unopim_products_sample.csv",
    "like-shopify.csv",
)


@pytest.fixture
def rest(stack: dict[str, Any]) -> Rest:
    rest = Rest(stack["apiUrl"])
    for attribute in rest.attributes():
        rest.call("DELETE", f"/attributes/{attribute['_id']}")
    return rest


def ended(rest: Rest, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_SECONDS
    while (job := rest.job(job_id))["status"] not in FINAL:
        assert time.monotonic() < end, "the job does not end"
        time.sleep(0.1)
    return job


def uploaded(rest: Rest, file: Path) -> dict[str, Any]:
    ticket = rest.presigned_upload(file.name, {})
    rest.upload(ticket["uploadUrl"], ticket.get("headers", {}), file)
    return ended(rest, rest.process_file(ticket["s3Key"]))


@pytest.mark.parametrize("name", CATALOGUES)
def test_a_raw_catalogue_becomes_products_without_a_hand_written_attribute(
    rest: Rest, name: str, tmp_path: Path
) -> None:
    text = LIKE_SHOPIFY
    if name != "like-shopify.csv":
        text = (SHARED_DATA / "catalogues" / name).read_text(encoding="utf-8-sig")
    file = tmp_path / name
    file.write_text("".join(text.splitlines(keepends=True)[:LINES]), encoding="utf-8")
    refused = uploaded(rest, file)
    assert refused["errorCode"] == "NO_ATTRIBUTES"

    started = rest.call("POST", "/attributes/proposals", {"jobId": refused["_id"]})
    assert ended(rest, started["jobId"])["status"] == "COMPLETED"
    found = rest.call("GET", f"/attributes/proposals/{started['jobId']}")
    accepted = rest.call("POST", f"/attributes/proposals/{started['jobId']}/accept", {})

    assert len(accepted["attributes"]) == len(found["proposals"]) > 0
    assert {each["outcome"] for each in accepted["attributes"]} == {"created"}
    assert accepted["reprocess"]["started"], accepted
    job = ended(rest, refused["_id"])
    counts = job["counts"]
    assert counts["validRows"] >= 0.9 * (counts["rows"] - counts["blankRows"]) > 0, job
    approval = ended(rest, rest.approve_import(refused["_id"]))
    saved = approval["counts"]
    assert saved["created"] + saved["updated"] + saved["unchanged"] + saved["repeated"] > 0
    assert saved["rejected"] == 0, approval
