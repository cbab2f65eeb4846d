"""A whole import of a small CSV, as the command line does it: products, faults, notices."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from core.attributes.definitions import AttributeDefinition
from core.file_format import ReadingOptions
from core.imports.local_run import run_import
from core.imports.model import ImportOutcome
from core.storage import ImportKeys
from tests.unit.imports.text.text_imports import RESULTS, settings, stored


@dataclass(frozen=True)
class Result:
    outcome: ImportOutcome
    products: list[dict[str, Any]]
    faults: list[dict[str, Any]]
    files: dict[str, bytes]
    """The result files but for the Parquet, whose bytes depend on the chunks."""

    @property
    def notices(self) -> dict[str, str]:
        return {notice.code.value: notice.message for notice in self.outcome.notices}

    @property
    def messages(self) -> list[str]:
        return [fault["message"] for fault in self.faults]


def whole_import(
    data: bytes | str,
    definitions: Sequence[AttributeDefinition],
    *,
    options: ReadingOptions | None = None,
    **limits: Any,
) -> Result:
    raw = data.encode() if isinstance(data, str) else data
    store, source = stored(raw)
    keys = ImportKeys(str(uuid4()), 1)  # what is compared once is kept for an attempt
    outcome = run_import(
        store,
        settings(**limits),
        job_id=keys.job_id,
        attempt=keys.attempt,
        source=source,
        options=options or ReadingOptions(),
        definitions=definitions,
        now=datetime(2026, 3, 1, tzinfo=UTC),
    )
    assert isinstance(outcome, ImportOutcome), outcome
    names = ("all_products", "all_faults", "all_rejected", "all_product_rows")
    files = {name: store.get(RESULTS, getattr(keys, name)) for name in names}
    return Result(
        outcome=outcome,
        products=_lines(files["all_products"]),
        faults=_lines(files["all_faults"]),
        files=files,
    )


def in_small_chunks(
    data: bytes | str, definitions: Sequence[AttributeDefinition], **more: Any
) -> Result:
    """The same, in chunks of a few rows; it must give the same."""
    whole = whole_import(data, definitions, **more)
    small = whole_import(data, definitions, chunk_target_bytes=20, **more)
    assert small.files == whole.files
    assert small.outcome.notices == whole.outcome.notices
    return small


def _lines(data: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in data.decode().splitlines()]
