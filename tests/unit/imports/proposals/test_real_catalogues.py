"""What is proposed for real catalogues, beside the types that their owners gave.

Akeneo's catalogues have the owner's definitions in `akeneo_icecat_attributes.csv`. WooCommerce and
UnoPim have none: there the table says what a column plainly means, by the documentation of their
importers (WooCommerce, "Product CSV Import Schema"; UnoPim, its sample's own types).
"""

import csv
from collections.abc import Iterator

import pytest

from core.imports.model import ImportOutcome
from tests.shared_data import SHARED_DATA, needed
from tests.unit.imports.proposals.proposal_kit import judged, proposals_for

FOLDER = SHARED_DATA / "catalogues"

pytestmark = needed("catalogues")

TEXT = frozenset({"short_text", "long_text"})
"""Akeneo's short texts may have 255 characters, ours 50: the longest one decides."""
LONG = frozenset({"long_text", "rich_text"})
OF_AKENEO = {
    "pim_catalog_identifier": frozenset({"short_text"}),
    "pim_catalog_text": TEXT,
    "pim_catalog_textarea": LONG | TEXT,
    "pim_catalog_number": frozenset({"number"}),
    "pim_catalog_price_collection": frozenset({"number"}),
    "pim_catalog_metric": frozenset({"measure"}),
    "pim_catalog_date": frozenset({"date"}),
    "pim_catalog_boolean": frozenset({"boolean"}),
    "pim_catalog_simpleselect": frozenset({"single_select"}),
    "pim_catalog_multiselect": frozenset({"multiple_select"}),
    "pim_catalog_image": TEXT,  # the files hold paths, which are no addresses
    "pim_catalog_file": TEXT,
}
BY_MEANING = {
    "woocommerce_sample_products.csv": {
        "boolean": ("Published", "Is featured?", "In stock?", "Backorders allowed?"),
        "boolean ": ("Sold individually?", "Allow customer reviews?", "Attribute 1 visible"),
        "boolean  ": ("Attribute 1 global", "Attribute 2 visible", "Attribute 2 global"),
        "number": ("Sale price", "Regular price", "Position", "Download limit"),
        "number ": ("Download expiry days",),
        "short_text": ("ID", "SKU", "Name", "Button text", "Attribute 1 name", "Attribute 2 name"),
        "single_select": ("Type", "Visibility in catalog", "Tax status", "Tax class"),
        "multiple_select": ("Categories",),
        "long_text": ("Description", "Images"),
        "url": ("External URL",),
    },
    "woocommerce_importer_test_sample.csv": {
        "boolean": ("Published", "Is featured?", "In stock?", "Sold individually?"),
        "boolean ": ("Allow customer reviews?",),
        "number": ("Stock", "Sale price", "Regular price", "Position", "Download limit"),
        "measure": ("Weight (kg)", "Length (cm)", "Width (cm)", "Height (cm)"),
        "short_text": ("SKU", "Name", "BUTTON TEXT", "Attribute 1 Name", "Parent"),
        "long_text": ("Description", "Short description", "Images", "Categories"),
        "single_select": ("Visibility in catalog", "Tax status", "Tax class", "Type"),
        "date": ("Date sale price starts", "Date sale price ends"),
        "url": ("External URL", "Download 1 URL"),
    },
    "unopim_products_sample.csv": {
        "boolean": ("status",),
        "number": ("price (USD)", "cost (USD)", "price (EUR)", "cost (EUR)", "weight"),
        "short_text": ("sku", "url_key", "name"),
        "single_select": ("channel", "locale", "type", "attribute_family"),
        "rich_text": ("description", "short_description"),
    },
}

Compared = tuple[str, str, frozenset[str], str]
"""File, header, the owner's type in our terms, the proposed type."""


def owned() -> Iterator[tuple[str, str, frozenset[str]]]:
    with (FOLDER / "akeneo_icecat_attributes.csv").open(encoding="utf-8") as opened:
        types = {line["code"]: line["type"] for line in csv.DictReader(opened, delimiter=";")}
    for file in ("akeneo_icecat_products.csv", "akeneo_catalog_modeling_products.csv"):
        with (FOLDER / file).open(encoding="utf-8") as opened:
            headers = next(csv.reader(opened, delimiter=";"))
        for header in headers:
            code = header.partition("-")[0]  # what follows is a locale, a channel or a currency
            if code in types and not header.endswith("-unit"):
                yield file, header, OF_AKENEO[types[code]]
    for file, by_type in BY_MEANING.items():
        for kind, columns in by_type.items():
            for header in columns:
                yield file, header, frozenset({kind.strip()})


@pytest.mark.slow
def test_nine_of_ten_are_typed_as_their_owners_typed_them() -> None:
    """Columns without any value are not counted: nothing is proposed for them."""
    found: dict[tuple[str, str], str] = {}
    for file in {file for file, _, _ in owned()}:
        proposals = proposals_for((FOLDER / file).read_bytes(), file)
        found |= {(file, p.header): p.attribute["type"] for p in proposals.proposals}

    compared: list[Compared] = [
        (file, header, types, found[file, header])
        for file, header, types in owned()
        if (file, header) in found
    ]

    others = [one for one in compared if one[3] not in one[2]]
    assert len(compared) >= 100
    assert len(others) * 10 <= len(compared), (len(compared), others)


@pytest.mark.slow
@pytest.mark.parametrize(
    "file",
    [
        "akeneo_icecat_products.csv",
        "akeneo_catalog_modeling_products.csv",
        "woocommerce_sample_products.csv",
        "woocommerce_importer_test_sample.csv",
        "unopim_products_sample.csv",
        "unopim_products_multi_locale.csv",
        "prestashop_products_import.csv",
        "akeneo_products_with_numeric_strings.xlsx",
        "akeneo_products_with_timestamp_dates.xlsx",
    ],
)
def test_every_row_is_valid_by_what_is_proposed(file: str) -> None:
    content = (FOLDER / file).read_bytes()

    outcome = judged(content, proposals_for(content, file), file)

    assert isinstance(outcome, ImportOutcome)
    assert outcome.faults == 0
    assert outcome.valid_rows == outcome.row_count - outcome.blank_rows > 0
