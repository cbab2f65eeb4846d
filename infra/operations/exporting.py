"""The catalogue as a CSV file: a column for each attribute, values as an import reads them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from rich.console import Console
from rich.markup import escape

from core.wording import counted
from infra.local.errors import LauncherError
from infra.operations.target import Target

PAGE = 100


def export(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Write the products to OUT, `products.csv` unless named; FILTER as of `GET /products`."""
    path = Path(environment.get("OUT") or "products.csv").expanduser()
    names = [attribute["name"] for attribute in target.rest.attributes()]
    if not names:
        raise LauncherError("No attribute is defined, so there is nothing to export.")
    number = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for product in _products(target, environment.get("FILTER", "")):
            writer.writerow(_text(product.get(name)) for name in names)
            number += 1
    console.print(f"{counted(number, 'product')} in {escape(str(path))}")
    return 0


def _products(target: Target, filters: str) -> Iterator[dict[str, Any]]:
    wanted = [*parse_qsl(filters.removeprefix("?")), ("limit", str(PAGE))]
    cursor: str | None = None
    while True:
        query = urlencode([*wanted, *((("cursor", cursor),) if cursor else ())])
        answer = target.rest.call("GET", f"/products?{query}")
        yield from answer["data"]
        cursor = answer["pagination"].get("nextCursor")
        if cursor is None:
            return


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "; ".join(map(_text, value))
    if isinstance(value, dict):
        return f"{value['value']} {value.get('unit', '')}".rstrip()
    return str(value)
