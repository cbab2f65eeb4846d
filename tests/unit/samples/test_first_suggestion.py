"""The README's first call for suggestions shows one, on the demo's own file without any model."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.enrichment.model import EnrichableProduct
from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.suggestions.suggesting import suggest
from core.jobs.orders import EnrichmentTerms
from core.settings import Settings
from tests.sources import ROOT


def test_the_first_call_that_the_readme_shows_suggests_a_value(tmp_path: Path) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"/products/enrich --json '(.+)'", readme)
    assert shown is not None
    body = json.loads(shown.group(1))
    samples = ROOT / "samples"
    command = (sys.executable, "-m", "core.imports", "validate", samples / "products.csv")
    subprocess.run(  # exits 1: the file has planted faults
        [*command, "--attributes", samples / "attributes.json", "--out", tmp_path],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    (file,) = tmp_path.rglob("*products.ndjson")
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    wanted = [row for row in rows if row.get("ProductSKU") in body["productIds"]]
    assert len(wanted) == len(body["productIds"]), "they are valid rows of the file"
    attributes = json.loads((samples / "attributes.json").read_text(encoding="utf-8"))

    outcome = suggest(
        [EnrichableProduct(id=row["ProductSKU"], revision=1, values=row) for row in wanted],
        [msgspec.convert(each, AttributeDefinition) for each in attributes],
        EnrichmentTerms(
            attributes=tuple(body["attributes"]) if "attributes" in body else None,
            replace=tuple(body.get("replace", ())),
        ),
        OfflineProvider(),
        Settings(),
    )

    assert all(product.suggestions for product in outcome.products)
