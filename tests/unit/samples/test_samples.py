"""The samples are what their README says, and the import finds exactly what was planted."""

import importlib.util
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from core.attributes.definitions import AttributeDefinition
from core.clock import now
from core.enrichment.model import EnrichableProduct, OmissionCode
from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.suggestions.suggesting import suggest
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.jobs.orders import EnrichmentTerms
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from infra.local.__main__ import DEMO_ATTRIBUTES, DEMO_PRODUCTS
from tests.sources import ROOT

SAMPLES = ROOT / "samples"
SETTINGS = Settings(uploads_bucket="uploads", results_bucket="results")

DEFINITIONS = [
    msgspec.convert(body, AttributeDefinition)
    for body in json.loads((SAMPLES / "attributes.json").read_text(encoding="utf-8"))
]


def load_generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_samples"] = module
    spec.loader.exec_module(module)
    return module


make_samples = load_generator()


@dataclass(frozen=True)
class Imported:
    outcome: ImportOutcome
    result: dict[str, Any]
    faults: list[dict[str, Any]]


def import_sample(name: str, folder: Path) -> Imported:
    store = FolderStore(folder)
    data = (SAMPLES / name).read_bytes()
    store.put("uploads", f"user-uploads/1/{name}", data, "application/octet-stream")
    source = SourceFile(
        bucket="uploads", key=f"user-uploads/1/{name}", size=len(data), file_name=name
    )
    outcome = run_import(
        store,
        SETTINGS,
        job_id="sample",
        attempt=1,
        source=source,
        options=ReadingOptions(),
        definitions=DEFINITIONS,
        now=now(),
    )
    assert isinstance(outcome, ImportOutcome), outcome
    keys = ImportKeys("sample", 1)
    lines = store.get("results", keys.all_faults).decode().splitlines()
    return Imported(
        outcome, json.loads(store.get("results", keys.result)), [json.loads(x) for x in lines]
    )


def planted(faults: Any) -> list[tuple[int, str | None, str]]:
    return [(fault.row, fault.column, fault.code) for fault in faults]


def found(faults: list[dict[str, Any]]) -> list[tuple[int, str | None, str]]:
    return [(fault["row"], fault["column"], fault["code"]) for fault in faults]


def test_the_committed_samples_are_what_the_generator_makes(tmp_path: Path) -> None:
    make_samples.make_workbook(tmp_path / "again.xlsx")
    assert make_samples.make_csv() == (SAMPLES / "products.csv").read_bytes()
    assert (tmp_path / "again.xlsx").read_bytes() == (SAMPLES / "products.xlsx").read_bytes()
    committed = json.loads((SAMPLES / "attributes.json").read_text(encoding="utf-8"))
    assert committed == make_samples.ATTRIBUTES


def test_the_csv_gives_exactly_the_planted_faults(tmp_path: Path) -> None:
    imported = import_sample("products.csv", tmp_path)

    assert found(imported.faults) == planted(make_samples.PLANTED_IN_CSV)
    bad_rows = {fault.row for fault in make_samples.PLANTED_IN_CSV}
    outcome = imported.outcome
    assert outcome.row_count == make_samples.CSV_PRODUCTS
    assert outcome.blank_rows == len(make_samples.BLANK_CSV_ROWS)
    assert outcome.invalid_rows == len(bad_rows)
    assert outcome.valid_rows == outcome.row_count - outcome.blank_rows - len(bad_rows)
    assert outcome.ignored_headers == ("careguide", "Internal note")


def test_the_workbook_gives_exactly_the_planted_faults(tmp_path: Path) -> None:
    imported = import_sample("products.xlsx", tmp_path)

    assert found(imported.faults) == planted(make_samples.PLANTED_IN_WORKBOOK)
    outcome = imported.outcome
    assert outcome.row_count == make_samples.WORKBOOK_PRODUCTS
    assert outcome.invalid_rows == len(make_samples.PLANTED_IN_WORKBOOK)
    assert outcome.valid_rows == outcome.row_count - outcome.invalid_rows
    assert outcome.ignored_headers == ("Descripton", "In range since")


@pytest.mark.parametrize("name", ["products.csv", "products.xlsx"])
def test_valid_rows_land_typed(name: str, tmp_path: Path) -> None:
    first = import_sample(name, tmp_path).result["products"][0]

    assert isinstance(first["Price"], int | float)
    assert isinstance(first["Stock"], int)
    assert isinstance(first["Color"], list)
    assert first["barcode"].startswith("00")


def test_the_products_of_the_demo_have_gaps_of_which_some_can_be_filled(tmp_path: Path) -> None:
    rows = import_sample("products.xlsx", tmp_path).result["products"]
    by_id = {row["ProductSKU"]: row for row in rows}
    names = {definition.name for definition in DEFINITIONS}
    products = [
        EnrichableProduct(
            id=name,
            revision=1,
            values={k: v for k, v in by_id[name].items() if k in names and v is not None},
        )
        for name in DEMO_PRODUCTS
    ]

    outcome = suggest(
        products,
        DEFINITIONS,
        EnrichmentTerms(attributes=DEMO_ATTRIBUTES),
        OfflineProvider(),
        SETTINGS,
    )

    for product in outcome.products:
        assert [s.attribute for s in product.suggestions] == ["Description"]
    unknown = [o.code for p in outcome.products for o in p.omissions if o.attribute == "Weight"]
    assert OmissionCode.ABSTAINED in unknown


def test_the_readme_names_every_planted_row() -> None:
    page = (SAMPLES / "README.md").read_text(encoding="utf-8")
    for fault in make_samples.PLANTED_IN_CSV + make_samples.PLANTED_IN_WORKBOOK:
        assert f"| row {fault.row} |" in page
        assert f"`{fault.code}`" in page
