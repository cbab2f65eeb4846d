"""One call from a text to products: what tests of mappings and locales share."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.file_format import HeaderMatching, ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import FolderStore, ImportKeys
from tests.unit.attributes.rules.validation_kit import attribute

SKU = attribute("SKU", "short_text", is_required=True, headers=("Art.Nr.",))
NAME = attribute("Product Name", "short_text")
PRICE = attribute("Price", "number", headers=("Price ($)",))
WEIGHT = attribute("Weight", "measure", unit="kg")
COLOR = attribute("Color", "single_select", options=("Red", "Blue"))
ALL = (SKU, NAME, PRICE, WEIGHT, COLOR)
KEYS = ImportKeys("job", 1)


def imported(
    text: str,
    mapping: list[dict[str, Any]] | None = None,
    *,
    definitions: tuple[AttributeDefinition, ...] = ALL,
    headers: HeaderMatching | None = None,
    locale: Any = None,
    steps: list[dict[str, Any]] | None = None,
    chunk_bytes: int = 1_000_000,
) -> tuple[ImportOutcome | Refusal, list[dict[str, Any]], dict[str, bytes]]:
    """The outcome, the products, and all result files."""
    options = msgspec.convert(
        {"mapping": mapping, "headers": headers, "locale": locale, "valueSteps": steps},
        ReadingOptions,
    )
    data = text.encode()
    limits = Settings(
        uploads_bucket="uploads", results_bucket="results", chunk_target_bytes=chunk_bytes
    )
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        store.put("uploads", "user-uploads/x/f.csv", data, "text/csv")
        outcome = run_import(
            store,
            limits,
            job_id=KEYS.job_id,
            attempt=KEYS.attempt,
            source=SourceFile(
                bucket="uploads", key="user-uploads/x/f.csv", size=len(data), file_name="f.csv"
            ),
            options=options,
            definitions=definitions,
            now=datetime(2026, 11, 23, tzinfo=UTC),
        )
        if isinstance(outcome, Refusal):
            return outcome, [], {}
        kept = (KEYS.all_products, KEYS.all_product_rows, KEYS.all_rejected, KEYS.all_faults)
        files = {key: store.get("results", key) for key in (*kept, KEYS.result, KEYS.outcome)}
        if steps is not None:
            files[KEYS.all_changes] = store.get("results", KEYS.all_changes)
        products = [json.loads(line) for line in files[KEYS.all_products].splitlines()]
        return outcome, products, files
