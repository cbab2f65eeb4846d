"""One column of a file, read with a locale: what tests of locales share."""

import csv
import io
import json
from typing import Any

from core.attributes.definitions import AttributeDefinition
from core.imports.model import ImportOutcome
from core.outcomes import Refusal
from tests.unit.attributes.rules.validation_kit import attribute
from tests.unit.imports.import_kit import KEYS
from tests.unit.imports.table.mapping_kit import imported

SKU = attribute("SKU", "short_text")


def table(header: str, *cells: str) -> str:
    """Rows with a first column, so that no row is blank."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["SKU", header])
    writer.writerows([f"A{at}", cell] for at, cell in enumerate(cells))
    return text.getvalue()


def read(
    definition: AttributeDefinition, *cells: str, locale: Any = "auto", **more: Any
) -> tuple[list[Any], ImportOutcome | Refusal, list[dict[str, Any]]]:
    """The values of the products, the outcome and the faults."""
    header = definition.name
    text = table(header, *cells)
    outcome, products, files = imported(text, definitions=(SKU, definition), locale=locale, **more)
    faults = [json.loads(line) for line in files.get(KEYS.all_faults, b"").splitlines()]
    return [product.get(header) for product in products], outcome, faults
