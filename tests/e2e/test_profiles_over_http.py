"""The second delivery of a supplier needs nothing but the upload: its profile reads it.

The profile maps a header, reads decimal commas and replaces a word by an option, so that a file
that was read in any other way would have other products.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import urllib3
from rich.console import Console

from infra.client.importing import watch
from infra.client.rest import Rest
from infra.local.deployment import client

pytestmark = pytest.mark.e2e

PATIENCE_SECONDS = 60
PROFILE = {
    "name": "nordic",
    "options": {
        "mapping": [{"headers": ["Art.Nr."], "attribute": "Profile SKU"}],
        "locale": {"decimalSign": ","},
        "valueSteps": [
            {
                "attribute": "Profile Color",
                "step": "synonym",
                "words": ["navy"],
                "means": "Dark blue",
            }
        ],
    },
    "matchHeaders": ["Art.Nr.", "Profile Price", "Profile Color"],
}
FIRST = "Art.Nr.;Profile Price;Profile Color\nA-1;1.299,00;navy\nA-2;19,90;Dark blue\n"
SECOND = "Profile Color;Art.Nr.;Profile Price\nnavy;B-1;2,50\n"
PRODUCTS = [
    {"Profile SKU": "A-1", "Profile Price": 1299, "Profile Color": "Dark blue"},
    {"Profile SKU": "A-2", "Profile Price": 19.9, "Profile Color": "Dark blue"},
]


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    rest = Rest(stack["apiUrl"])
    rest.create_attribute({"name": "Profile SKU", "type": "short_text", "isIdentifier": True})
    rest.create_attribute({"name": "Profile Price", "type": "number"})
    options = ["Dark blue", "Red"]
    rest.create_attribute({"name": "Profile Color", "type": "single_select", "options": options})
    rest.create_attribute({"name": "Profile Weight", "type": "measure", "unit": "kg"})
    rest.create_attribute({"name": "Profile Day", "type": "date"})
    rest.create_attribute({"name": "Profile New", "type": "boolean"})
    rest.call("POST", "/import-profiles", PROFILE)
    return rest


def uploaded(
    rest: Rest, folder: Path, content: str, profile: str | None = None, **options: Any
) -> dict[str, Any]:
    file = folder / "delivery.csv"
    file.write_text(content)
    ticket = rest.presigned_upload(file.name, options, profile)
    rest.upload(ticket["uploadUrl"], ticket.get("headers", {}), file)
    return watch(rest, rest.process_file(ticket["s3Key"]), "import", Console(quiet=True))


def products(rest: Rest, job: dict[str, Any]) -> Any:
    assert job["status"] == "COMPLETED", job
    return rest.json_at(job["resultDownloadUrl"])["products"]


def test_a_profile_is_chosen_by_its_name_and_every_change_is_kept(
    rest: Rest, tmp_path: Path
) -> None:
    job = uploaded(rest, tmp_path, FIRST, "nordic")

    assert products(rest, job) == PRODUCTS
    assert job["profile"] == {"name": "nordic", "revision": 1, "chosenBy": "name"}
    changed = urllib3.request("GET", job["downloads"]["changes"]).data.splitlines()
    assert [json.loads(line)["row"] for line in changed] == [1]


def test_the_second_delivery_is_recognised_by_its_headers(rest: Rest, tmp_path: Path) -> None:
    job = uploaded(rest, tmp_path, SECOND)

    assert products(rest, job) == [
        {"Profile SKU": "B-1", "Profile Price": 2.5, "Profile Color": "Dark blue"}
    ]
    assert job["profile"]["chosenBy"] == "headers"
    assert "PROFILE_RECOGNISED" in [notice["code"] for notice in job["notices"]]


def test_a_dropped_file_is_imported_by_its_folder_without_a_call(
    rest: Rest, stack: dict[str, Any]
) -> None:
    key = "incoming/nordic/dropped.csv"
    client("s3", stack["awsPort"]).put_object(
        Bucket=stack["uploadsBucket"], Key=key, Body=FIRST.encode()
    )
    end, found = time.monotonic() + PATIENCE_SECONDS, None
    while found is None and time.monotonic() < end:
        listed = rest.call("GET", "/processing-jobs?limit=20")["data"]
        found = next((job["_id"] for job in listed if job.get("s3Key") == key), None)
        time.sleep(0.2)
    assert found is not None
    job = watch(rest, found, "import", Console(quiet=True))

    assert products(rest, job) == PRODUCTS
    assert job["profile"] == {"name": "nordic", "revision": 1, "chosenBy": "key"}


SPELLED_HEADER = "Profile SKU;Profile Price;Profile Weight;Profile Day;Profile New\n"
GERMAN = (
    SPELLED_HEADER
    + "C-1;1.299,00 €;1.450,5 kg;13.02.2026;ja\nC-2;1.450 €;0,250 kg;01.02.2026;Nein\n"
)
AMERICAN = (
    SPELLED_HEADER + "C-1;$1,299.00;1,450.5 kg;2/13/2026;Yes\nC-2;$1,450;0.250 kg;2/1/2026;NO\n"
)
UNDECIDED = SPELLED_HEADER + "C-2;1.450;0,250 kg;13.02.2026;ja\n"
SPELLED = [
    {
        "Profile SKU": "C-1",
        "Profile Price": 1299,
        "Profile Weight": "1450.5 kg",
        "Profile Day": "2026-02-13",
        "Profile New": True,
    },
    {
        "Profile SKU": "C-2",
        "Profile Price": 1450,
        "Profile Weight": "0.25 kg",
        "Profile Day": "2026-02-01",
        "Profile New": False,
    },
]


@pytest.mark.parametrize(
    ("content", "locale"),
    [
        (GERMAN, "auto"),
        (AMERICAN, "auto"),
        (GERMAN, {"decimalSign": ",", "dateOrder": "day_first"}),
        (AMERICAN, {"decimalSign": ".", "dateOrder": "month_first"}),
    ],
)
def test_german_and_american_spelling_give_the_same_products(
    rest: Rest, tmp_path: Path, content: str, locale: Any
) -> None:
    assert products(rest, uploaded(rest, tmp_path, content, locale=locale)) == SPELLED


def test_a_column_that_nothing_decides_is_asked_about(rest: Rest, tmp_path: Path) -> None:
    job = uploaded(rest, tmp_path, UNDECIDED, locale="auto")

    assert job["status"] == "FAILED"
    assert '"Profile Price"' in job["errorDetails"]
    assert '"1.450"' in job["errorDetails"]
