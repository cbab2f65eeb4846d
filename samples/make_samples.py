"""Make the sample files: a shop for outdoor gear, with the faults that a merchant's file has.

    python samples/make_samples.py            writes products.csv, products.xlsx, attributes.json

The same call always writes the same products. `PLANTED_IN_CSV` and `PLANTED_IN_WORKBOOK` are
the list of planted faults; README.md tells it to people and a test holds the import to it.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import random
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER = Path(__file__).parent
SEED = 20261101

BRANDS = ["Nordlicht", "Fjellrev", "Ätna Works", "Blue Heron", "Kōyō", "Río Bravo"]
CATEGORIES = ["Tents", "Sleeping bags", "Backpacks", "Stoves", "Clothing", "Lighting"]
COLORS = ["Black", "Forest green", "Glacier blue", "Rust", "Sand", "Signal yellow"]

ATTRIBUTES: list[dict[str, object]] = [
    {
        "name": "ProductSKU",
        "type": "short_text",
        "description": "Our article number",
        "isRequired": True,
    },
    {
        "name": "ProductName",
        "type": "short_text",
        "description": "Name on the shelf, at most 50 characters",
        "isRequired": True,
    },
    {"name": "brand", "type": "single_select", "options": BRANDS},
    {"name": "barcode", "type": "short_text", "description": "EAN-13, leading zeros kept"},
    {"name": "Category", "type": "single_select", "options": CATEGORIES, "isRequired": True},
    {"name": "Color", "type": "multiple_select", "options": COLORS},
    {"name": "Price", "type": "number", "description": "Euro, gross", "isRequired": True},
    {"name": "Stock", "type": "number", "description": "Pieces in the warehouse"},
    {"name": "Weight", "type": "measure", "unit": "kg"},
    {"name": "Volume", "type": "measure", "unit": "l"},
    {"name": "Description", "type": "long_text", "isFilterable": False, "isSortable": False},
    {"name": "CareGuide", "type": "rich_text", "isFilterable": False, "isSortable": False},
]

NOUNS = {
    "Tents": ["Dome Tent", "Tunnel Tent", "Tarp", "Bivouac", "Family Tent"],
    "Sleeping bags": ["Down Bag", "Summer Bag", "Quilt", "Liner", "Winter Bag"],
    "Backpacks": ["Daypack", "Trekking Pack", "Hip Pack", "Duffel", "Child Carrier"],
    "Stoves": ["Gas Stove", "Wood Stove", "Kettle", "Pot Set", "Windscreen"],
    "Clothing": ["Rain Jacket", "Fleece", "Merino Shirt", "Trousers", "Beanie"],
    "Lighting": ["Head Torch", "Lantern", "Fairy Lights", "Bike Light", "Solar Panel"],
}
NAMES = [
    "Aurora", "Björk", "Cairn", "Drift", "Ember", "Fjord", "Gletscher", "Höga", "Isar", "Jura",
    "Kestrel", "Lynx", "Moräne", "Nimbus", "Orca", "Piñón", "Quarz", "Rondane", "Sólheim", "Tundra",
]  # fmt: skip
PRAISE = [
    "Light enough to forget, strong enough to trust.",
    "Made for long weekends, repaired for life.",
    'Fits into a 10" pannier.',
    "Tested on Hardangervidda, in sleet; dry ever since.",
    "Für Menschen, die früh aufbrechen. 🏔️",
    "軽くて丈夫。",
]


@dataclass(frozen=True)
class Product:
    sku: str
    name: str
    brand: str
    barcode: str
    category: str
    colors: str
    price: str
    stock: str
    weight: str
    volume: str
    volume_unit: str
    description: str
    care: str


@dataclass(frozen=True)
class Planted:
    """One planted fault: `row` counts from 1 under the header, `column` as in the file."""

    row: int
    column: str | None
    value: str
    code: str
    story: str


def ean13(body: str) -> str:
    """A 12-digit body with its check digit (GS1 General Specifications, section 7.9)."""
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(body))
    return body + str(-total % 10)


def make_products(count: int, seed: int) -> list[Product]:
    chance = random.Random(seed)
    products = []
    for number in range(1, count + 1):
        category = chance.choice(CATEGORIES)
        name = f"{NAMES[number % len(NAMES)]} {chance.choice(NOUNS[category])} {number:03}"
        price = chance.randrange(995, 49_995, 100) / 100
        weight = chance.choice(["", f"{chance.uniform(0.1, 6):.2f}"])
        products.append(
            Product(
                sku=f"NL-{seed % 100:02}{number:05}",
                name=name,
                brand=chance.choice(BRANDS),
                barcode=ean13(f"00{chance.randrange(10**9, 10**10)}"),
                category=category,
                colors=";".join(chance.sample(COLORS, chance.choice([1, 1, 2, 3]))),
                price=f"{price:.2f}" if chance.random() < 0.8 else str(int(price)),
                stock=str(chance.choice([0, 3, 12, 40, 250])),
                weight=weight + chance.choice(["", " kg"]) if weight else "",
                volume=str(chance.randrange(5, 90)) if category == "Backpacks" else "",
                volume_unit="l" if category == "Backpacks" else "",
                description=f"{name}.\n{chance.choice(PRAISE)}",
                care="<ul><li>Air it</li><li>Store it dry</li></ul>" if number % 7 == 0 else "",
            )
        )
    return products


# the CSV

CSV_HEADERS = [
    "ProductSKU", "ProductName", "brand", "barcode", "Category", "Color", "Price", "Stock",
    "Weight", "VolumeValue", "VolumeUnit", "Description", "careguide", "Internal note",
]  # fmt: skip
CSV_PRODUCTS = 420
BLANK_CSV_ROWS = (60, 61, 300)
"""Row numbers of lines without any cell: they count, but are neither product nor fault."""

PLANTED_IN_CSV = [
    Planted(7, "ProductSKU", "", "REQUIRED_VALUE_MISSING", "the article number was forgotten"),
    Planted(19, "Price", "129,90", "NOT_A_NUMBER", "decimal comma"),
    Planted(33, "Price", "on request", "NOT_A_NUMBER", "words where a number belongs"),
    Planted(33, "Stock", "~40", "NOT_A_NUMBER", "an estimate; the row has two faults"),
    Planted(48, "Category", "Tent", "NOT_AN_OPTION", "singular of an option"),
    Planted(
        72,
        "ProductName",
        "Aurora Ultralight Four-Season Expedition Dome Tent with Porch",
        "TEXT_TOO_LONG",
        "61 characters",
    ),
    Planted(95, "Color", "Black;Lilac;Mint", "NOT_AN_OPTION", "two of three colours unknown"),
    Planted(118, "Weight", "about 2 kg", "NOT_A_MEASURE", "not a number with a unit"),
    Planted(140, "Price", "", "REQUIRED_VALUE_MISSING", "no price"),
    Planted(171, None, "", "TOO_MANY_CELLS", "an unquoted comma in the note"),
    Planted(202, "brand", "nordlicht", "NOT_AN_OPTION", "an option in another case"),
    Planted(233, "VolumeValue", "", "NOT_A_MEASURE", "a unit without its value"),
    Planted(260, "Stock", "9223372036854775808", "NUMBER_OUT_OF_RANGE", "one above 64 bits"),
    Planted(288, "Price", "1.299.00", "NOT_A_NUMBER", "a point for thousands"),
    Planted(341, "ProductName", "   ", "REQUIRED_VALUE_MISSING", "nothing but blanks"),
    Planted(377, "Price", "=199*0.8", "NOT_A_NUMBER", "a spreadsheet formula"),
]


def csv_cells(product: Product) -> list[str]:
    return [
        product.sku, product.name, product.brand, product.barcode, product.category,
        product.colors, product.price, product.stock, product.weight, product.volume,
        product.volume_unit, product.description, product.care, "",
    ]  # fmt: skip


def make_csv() -> bytes:
    rows = [csv_cells(product) for product in make_products(CSV_PRODUCTS, SEED)]
    for fault in PLANTED_IN_CSV:
        cells = rows[fault.row - 1]
        if fault.code == "TOO_MANY_CELLS":
            cells[-1:] = ["ask Mia", " then order"]
        elif fault.column == "VolumeValue":
            cells[CSV_HEADERS.index("VolumeValue")] = ""
            cells[CSV_HEADERS.index("VolumeUnit")] = "l"
        else:
            cells[CSV_HEADERS.index(str(fault.column))] = fault.value
    for number in BLANK_CSV_ROWS:
        rows[number - 1] = []
    rows[9][CSV_HEADERS.index("Internal note")] = "shelf 4"
    rows[11][CSV_HEADERS.index("ProductName")] = ' Cairn 27" Tarp 012 '  # blanks are trimmed
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(CSV_HEADERS)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


# the workbook

WORKBOOK_HEADERS = [
    "ProductSKU", "ProductName", "brand", "barcode", "Category", "Color", "Price", "Stock",
    "Weight", "Descripton", "In range since",
]  # fmt: skip
WORKBOOK_PRODUCTS = 260
HEADER_ROW_IN_WORKBOOK = 4
"""A title and a remark stand above the table, as in a merchant's own sheet."""

PLANTED_IN_WORKBOOK = [
    Planted(5, "Price", "n/a", "NOT_A_NUMBER", "text in a column of numbers"),
    Planted(28, "brand", "Nordlich", "NOT_AN_OPTION", "a letter short"),
    Planted(64, "ProductSKU", "", "REQUIRED_VALUE_MISSING", "an empty cell"),
    Planted(101, "Color", "Teal", "NOT_AN_OPTION", "an unknown colour"),
    Planted(150, "Category", "", "REQUIRED_VALUE_MISSING", "no category"),
    Planted(199, "Weight", "light", "NOT_A_MEASURE", "a word"),
]


def make_workbook(path: Path) -> None:
    # imported here: only this function needs it, the tests of the CSV do not
    import xlsxwriter

    products = make_products(WORKBOOK_PRODUCTS, SEED + 1)
    with xlsxwriter.Workbook(path) as book:
        book.set_properties({"title": "Assortment", "created": datetime.datetime(2026, 11, 1)})
        cover = book.add_worksheet("Old prices")
        cover.write_row(0, 0, ["ProductSKU", "Price"])
        cover.hide()
        sheet = book.add_worksheet("Assortment")
        sheet.write(0, 0, "Assortment autumn 2026", book.add_format({"bold": True}))
        sheet.write(1, 0, "Prices in euro, weights in kg")
        sheet.write_row(HEADER_ROW_IN_WORKBOOK - 1, 0, WORKBOOK_HEADERS)
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        money = book.add_format({"num_format": "#,##0.00"})
        planted = {(fault.row, fault.column): fault.value for fault in PLANTED_IN_WORKBOOK}
        for number, original in enumerate(products, start=1):
            line = HEADER_ROW_IN_WORKBOOK - 1 + number
            product = replace(original, weight=original.weight.removesuffix(" kg"))
            values: dict[str, str | float | datetime.date] = {
                "ProductSKU": product.sku,
                "ProductName": product.name,
                "brand": product.brand,
                "barcode": product.barcode,
                "Category": product.category,
                "Color": product.colors,
                "Price": float(product.price),
                "Stock": int(product.stock),
                "Weight": float(product.weight) if product.weight else "",
                "Descripton": product.description,
                "In range since": datetime.date(2024, 1 + number % 12, 1 + number % 28),
            }
            for position, header in enumerate(WORKBOOK_HEADERS):
                value = planted.get((number, header), values[header])
                if isinstance(value, datetime.date):
                    sheet.write_datetime(line, position, value, day)
                elif isinstance(value, str):
                    sheet.write_string(line, position, value)
                else:
                    sheet.write_number(line, position, value, money if header == "Price" else None)
        other = book.add_worksheet("Suppliers")
        other.write_row(0, 0, ["Supplier", "Country"])
        other.write_row(1, 0, ["Heron & Sons", "Ireland"])
        sheet.activate()
        sheet.set_first_sheet()


def main() -> None:
    attributes = json.dumps(ATTRIBUTES, indent=2, ensure_ascii=False) + "\n"
    (FOLDER / "attributes.json").write_text(attributes, encoding="utf-8")
    (FOLDER / "products.csv").write_bytes(make_csv())
    make_workbook(FOLDER / "products.xlsx")


if __name__ == "__main__":
    main()
