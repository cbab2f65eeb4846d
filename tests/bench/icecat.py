"""A real catalogue (Akeneo's Icecat demo data) as attributes and products of ours."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.products.validation import validate_items
from core.settings import Settings

PRODUCTS = "akeneo_icecat_products.csv"
ATTRIBUTES = "akeneo_icecat_attributes.csv"
OPTIONS = "akeneo_icecat_attribute_options.csv"

_T = AttributeType
_TYPES = {
    "pim_catalog_text": _T.SHORT_TEXT,
    "pim_catalog_textarea": _T.LONG_TEXT,
    "pim_catalog_simpleselect": _T.SINGLE_SELECT,
    "pim_catalog_multiselect": _T.MULTIPLE_SELECT,
    "pim_catalog_number": _T.NUMBER,
    "pim_catalog_boolean": _T.BOOLEAN,
    "pim_catalog_metric": _T.MEASURE,
    "pim_catalog_date": _T.DATE,
}
"""Identifiers, files, pictures and prices are left out: no value of theirs is ever suggested."""

UNITS = {"KILOGRAM": "kg", "GRAM": "g", "INCH": "in", "MILLIMETER": "mm", "CENTIMETER": "cm"}

COLUMN_ENDS = ("", "-ecommerce", "-en_US", "-en_US-ecommerce", "-en_US-print")
"""Of one attribute's columns the first that has a value speaks: the English one."""

CONTEXT = (
    AttributeDefinition("Family", _T.SHORT_TEXT),
    AttributeDefinition("Categories", _T.LONG_TEXT),
)
"""What every product tells beside its attributes; never removed."""


class DataMissing(Exception):
    """The files are not where they are looked for."""


@dataclass(frozen=True)
class Catalogue:
    definitions: tuple[AttributeDefinition, ...]
    products: tuple[tuple[str, dict[str, Any]], ...]
    """Id, and values by attribute as the catalogue stores them, in the order of the file."""
    unsound_values: int
    """Of the file, which the rules refuse and which are left out."""


def read(folder: Path, settings: Settings) -> Catalogue:
    """Raises DataMissing."""
    missing = [n for n in (PRODUCTS, ATTRIBUTES, OPTIONS) if not (folder / n).is_file()]
    if missing:
        raise DataMissing(f"{folder} has no {', '.join(missing)}")
    labels = _labels(folder)
    by_code = _definitions(folder, labels)
    definitions = (*CONTEXT, *by_code.values())
    rows = _rows(folder / PRODUCTS)
    texts = [_texts(row, by_code, labels) for row in rows]
    # an item for each value: one that is unsound shall not take the whole product with it
    pairs = [(at, name) for at, values in enumerate(texts) for name in values]
    validated = validate_items(
        [{name: texts[at][name]} for at, name in pairs], definitions, settings, partial=True
    )
    products: list[dict[str, Any]] = [{} for _ in rows]
    for (at, name), result in zip(pairs, validated, strict=True):
        if name in result.values:
            products[at][name] = result.values[name]
    return Catalogue(
        definitions=definitions,
        products=tuple((row["sku"], v) for row, v in zip(rows, products, strict=True)),
        unsound_values=sum(bool(result.faults) for result in validated),
    )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def _labels(folder: Path) -> dict[str, dict[str, str]]:
    """Attribute code → option code → English label."""
    labels: dict[str, dict[str, str]] = defaultdict(dict)
    for row in _rows(folder / OPTIONS):
        label = row["label-en_US"] or row["code"]
        labels[row["attribute"]][row["code"]] = label.replace(";", ",")
    return labels


def _definitions(folder: Path, labels: dict[str, dict[str, str]]) -> dict[str, AttributeDefinition]:
    """By code; named by their English labels."""
    definitions: dict[str, AttributeDefinition] = {}
    names = {definition.name for definition in CONTEXT}
    for row in _rows(folder / ATTRIBUTES):
        code, kind = row["code"], _TYPES.get(row["type"])
        is_select = kind in (_T.SINGLE_SELECT, _T.MULTIPLE_SELECT)
        options = tuple(dict.fromkeys(labels[code].values())) if is_select else ()
        if kind is None or (is_select and not options):
            continue
        name = row["label-en_US"] or code
        if name in names:
            name = f"{name} ({code})"
        names.add(name)
        unit = row["default_metric_unit"]
        definitions[code] = AttributeDefinition(
            name=name,
            type=_T.LONG_TEXT if code == "keywords" else kind,
            options=options,
            unit=UNITS.get(unit, unit.lower()) if kind is _T.MEASURE else None,
        )
    return definitions


def _texts(
    row: dict[str, str],
    by_code: dict[str, AttributeDefinition],
    labels: dict[str, dict[str, str]],
) -> dict[str, str]:
    texts = {"Family": row["family"], "Categories": row["categories"].replace(",", ", ")}
    for code, definition in by_code.items():
        text = next((row[code + end] for end in COLUMN_ENDS if row.get(code + end)), "")
        if definition.options:
            text = ";".join(labels[code].get(part, part) for part in text.split(",") if part)
        elif definition.type is _T.MEASURE and text:
            unit = row[f"{code}-unit"]
            text = f"{text} {UNITS.get(unit, unit.lower())}"
        texts[definition.name] = text.replace("\\n", "\n")
    return {name: text for name, text in texts.items() if text}
