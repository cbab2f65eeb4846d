"""Given a text as bytes and attributes, the products and notices of its import. Each text is
imported whole and in the smallest chunks, and both must give the same."""

import csv
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import FolderStore, ImportKeys

KEYS = ImportKeys("job", 1)
NOW = datetime(2026, 11, 29, tzinfo=UTC)
FILES = (KEYS.all_product_rows, KEYS.all_faults, KEYS.all_rejected, KEYS.outcome)
KINDS = {
    "number": AttributeType.NUMBER,
    "measure": AttributeType.MEASURE,
    "text": AttributeType.LONG_TEXT,
}


def attributes(names: str) -> list[AttributeDefinition]:
    """E.g. `sku name price:number weight:measure`; a measure is in kg."""
    reported = [part.partition(":") for part in names.split()]
    return [
        AttributeDefinition(
            name=name, type=KINDS[kind or "text"], unit="kg" if kind == "measure" else None
        )
        for name, _, kind in reported
    ]


class Read:
    def __init__(self, outcome: ImportOutcome, products: bytes) -> None:
        self.outcome = outcome
        self.notices = {notice.code.value: notice.message for notice in outcome.notices}
        lines = csv.DictReader(io.StringIO(products.decode("utf-8-sig"), newline=""))
        self.products = [{k: v for k, v in line.items() if v} for line in lines]

    def rows(self) -> list[str]:
        """Products as `1|Lamp|9.5`, empty cells left out."""
        return ["|".join(product.values()) for product in self.products]


def read(text: str | bytes, names: str = "A B C D", **options: Any) -> Read:
    result = tried(text, names, **options)
    assert isinstance(result, Read), result
    return result


def tried(text: str | bytes, names: str = "A B C D", **options: Any) -> Read | Refusal:
    data = text.encode() if isinstance(text, str) else text
    whole = _import(data, names, options, Settings(uploads_bucket="up", results_bucket="out"))
    cut = _import(
        data,
        names,
        options,
        Settings(
            uploads_bucket="up", results_bucket="out", chunk_target_bytes=1, read_block_bytes=7
        ),
    )
    assert cut == whole
    outcome, files = whole
    return outcome if isinstance(outcome, Refusal) else Read(outcome, files[0])


def _import(
    data: bytes, names: str, options: dict[str, Any], limits: Settings
) -> tuple[ImportOutcome | Refusal, list[bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        store = FolderStore(Path(folder))
        store.put("up", "in.csv", data, "text/csv")
        outcome = run_import(
            store,
            limits,
            job_id=KEYS.job_id,
            attempt=KEYS.attempt,
            source=SourceFile(bucket="up", key="in.csv", size=len(data), file_name="in.csv"),
            options=ReadingOptions(**options),
            definitions=attributes(names),
            now=NOW,
        )
        files = [] if isinstance(outcome, Refusal) else [store.get("out", key) for key in FILES]
        return outcome, files
