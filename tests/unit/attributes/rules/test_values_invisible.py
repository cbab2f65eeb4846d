"""Characters that look alike or are invisible: what a value keeps and loses, and the notices."""

from __future__ import annotations

import unicodedata

import pytest

from core.attributes.definitions import AttributeDefinition
from core.attributes.rules.model import ColumnRole
from core.imports.table.columns import match_columns
from core.settings import Settings
from tests.unit.attributes.rules.validation_kit import attribute, lines, validated_cells
from tests.unit.imports.values_kit import in_small_chunks

SKU = attribute("sku", "short_text", is_required=True, is_identifier=True)


def read(definition: AttributeDefinition, text: str) -> object:
    (product,) = lines(validated_cells(definition, text).products)
    return product[definition.name]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("A1\u200b", "A1"),
        ("\u200bA1", "A1"),
        ("A\u200c1", "A1"),
        ("A\u200d1", "A1"),
        ("A\u2060-1", "A-1"),
        ("Kaffee\u00admaschine", "Kaffeemaschine"),
        ("\u200eA1\u200f", "A1"),
        ("\u202aA1\u202c", "A1"),
        ("\u2068A1\u2069", "A1"),
        ("A\ufeff1", "A1"),
        ("A\u180e1", "A1"),
        ("A1\U000e0067", "A1"),
        ("A\ufe0f1", "A1"),
        ("7\ufe0f", "7"),
        (" \u200b A1 \u200b\u00a0", "A1"),
    ],
)
def test_what_means_nothing_is_removed_from_free_text(text: str, value: str) -> None:
    assert read(attribute("name", "short_text"), text) == value


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d🔬 kit",
        "👩🏽\u200d🚀",
        "🏳\ufe0f\u200d🌈",
        "1\ufe0f\u20e3 ☎\ufe0e ™\ufe0f",
        "👨\u200d👩\u200d👧\u200d👦",
        "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "می\u200cخواهم",
        "کتاب\u200cها",
        "ক্\u200dষ",
        "ക്\u200d",
        "क्\u200cष",
        "שלום 5\u200f",
        "ภาษา\u200bไทย",
        "ភាសា\u200bខ្មែរ",
        "10\u00a0kg",
        "e\u0301toile",
    ],
)
def test_what_carries_meaning_stays(text: str) -> None:
    assert read(attribute("name", "long_text"), text) == text


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", "\u200b19.90", 19.9),
        ("number", "19\u200b.90\u00ad", 19.9),
        ("barcode", "\u200e4006381333931", "4006381333931"),
        ("barcode", "4006381333931\u202c", "4006381333931"),
        ("boolean", "ye\u00ads", True),
        ("date", "2026-03-01\u200b", "2026-03-01"),
        ("url", "https://example.com/a\u200b", "https://example.com/a"),
        ("image", "\u2060https://example.com/a.png", "https://example.com/a.png"),
        ("measure", "2.5 kg\u200b", {"value": 2.5, "unit": "kg"}),
        ("measure", "2.5\u2009kg", {"value": 2.5, "unit": "kg"}),
        ("measure", "2\u200b.5", {"value": 2.5, "unit": "kg"}),
    ],
)
def test_typed_values_are_read_without_it(kind: str, text: str, value: object) -> None:
    unit = {"unit": "kg"} if kind == "measure" else {}
    assert read(attribute("x", kind, **unit), text) == value


OPTIONS = ("T-shirts", "Sleeping bags", "Café", "Tents", "Größe M", "10\u00a0kg", "می\u200cخواهم")


@pytest.mark.parametrize(
    ("text", "option"),
    [
        ("Sleeping\u00a0bags", "Sleeping bags"),
        ("Sleeping\u202fbags", "Sleeping bags"),
        ("Sleeping\u2003bags", "Sleeping bags"),
        ("T\u2011shirts", "T-shirts"),
        ("Sleeping  bags", "Sleeping bags"),
        ("Sleeping\nbags", "Sleeping bags"),
        ("Sleep\u00ading bags", "Sleeping bags"),
        ("Tents\u200b", "Tents"),
        ("Cafe\u0301", "Café"),
        (unicodedata.normalize("NFD", "Größe\u00a0M"), "Größe M"),
        ("10 kg", "10\u00a0kg"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_options_match_canonically(text: str, option: str) -> None:
    assert read(attribute("x", "single_select", options=OPTIONS), text) == option
    assert read(attribute("x", "multiple_select", options=OPTIONS), f"Tents; {text}") == list(
        dict.fromkeys(["Tents", option])
    )


def test_options_that_read_alike_match_exactly_only() -> None:
    twins = attribute("x", "single_select", options=("a b", "a\u00a0b"))

    outcome = validated_cells(twins, "a b", "a\u00a0b", "a\u2003b")

    assert [p["x"] for p in lines(outcome.products)] == ["a b", "a\u00a0b"]
    (fault,) = lines(outcome.faults)
    assert "U+2003 EM SPACE" in fault["message"]


@pytest.mark.parametrize(
    ("kind", "text", "named"),
    [
        ("number", "1\u00a0234,5", "U+00A0 NO-BREAK SPACE"),
        ("number", "1\u202f234", "U+202F NARROW NO-BREAK SPACE"),
        ("select", "Тents", "U+0422 CYRILLIC CAPITAL LETTER TE"),
        ("select", "Tents\u3164", "U+3164 HANGUL FILLER"),
        ("select", "Tents\ufe00", "U+FE00 VARIATION SELECTOR-1"),
        ("number", "\u22125", "U+2212 MINUS SIGN"),
        ("select", "Tents\u2800", "U+2800 BRAILLE PATTERN BLANK"),
        ("select", "Tents\u034f", "U+034F COMBINING GRAPHEME JOINER"),
        ("select", "Tents\ue000", "U+E000 PRIVATE USE"),
        ("select", "Sleeping\u00a0bag", "U+00A0 NO-BREAK SPACE"),
        ("select", "Τents", "U+03A4 GREEK CAPITAL LETTER TAU"),
        ("select", "Cafee\u0301", "U+0301 COMBINING ACUTE ACCENT"),
        ("date", "2026\u00a003\u00a001", "U+00A0 NO-BREAK SPACE"),
        ("boolean", "\u00a0уes", "U+0443 CYRILLIC SMALL LETTER U"),
        ("barcode", "4006381\u00a0333931", "U+00A0 NO-BREAK SPACE"),
        ("url", "https://example.com/a\u00a0b", "U+00A0 NO-BREAK SPACE"),
    ],
)
def test_a_fault_names_the_code_point(kind: str, text: str, named: str) -> None:
    definition = (
        attribute("x", "single_select", options=OPTIONS)
        if kind == "select"
        else attribute("x", kind)
    )

    (fault,) = lines(validated_cells(definition, text).faults)

    assert f"it holds {named}" in fault["message"]


@pytest.mark.parametrize(
    "header",
    [
        "Product\u00a0name",
        "Product\u202fname",
        "Product  name",
        "Product\nname",
        "Product\r\nname",
        "\u200bProduct name",
        "Product name\u200e",
        "Pro\u00adduct name",
        "\ufeff\ufeffProduct name",
        "Product\u2060 name",
    ],
)
def test_headers_match_canonically(header: str) -> None:
    definitions = (attribute("Product name", "short_text"), attribute("Größe", "short_text"))
    headers = (header, unicodedata.normalize("NFD", "Größe"))

    columns = match_columns(headers, definitions, Settings()).columns

    assert [(c.role, c.attribute) for c in columns] == [
        (ColumnRole.VALUE, "Product name"),
        (ColumnRole.VALUE, "Größe"),
    ]


def test_the_notice_counts_the_cells_and_names_the_first() -> None:
    definitions = (SKU, attribute("name", "short_text"), attribute("price", "number"))
    data = "sku,name,price\r\nA1\u200b,Kettle,19.90\r\nA2,Pan,\u200b5\r\nA3,👩\u200d🔬,7\r\n"

    result = in_small_chunks(data, definitions)

    assert [p["sku"] for p in result.products] == ["A1", "A2", "A3"]
    assert result.notices["INVISIBLE_CHARACTERS"].startswith(
        "2 cells contain characters that are invisible or look like others, the first in row 1, "
        'column "sku" '
        "(U+200B ZERO WIDTH SPACE)"
    )


def test_a_product_is_the_same_with_and_without_them() -> None:
    """And so two rows are one product, which only the comparison over all rows shows."""
    result = in_small_chunks("sku\nA1\u200b\nA1\n", (SKU,))

    assert [fault["code"] for fault in result.faults] == ["NOT_UNIQUE_IN_FILE"]


def test_a_cell_that_shows_nothing_is_empty() -> None:
    stock = attribute("stock", "number", default_value="7")

    result = in_small_chunks("sku,stock\nA1,\u200b\n\u200b,\u00ad\n", (SKU, stock))

    assert result.products == [{"sku": "A1", "stock": 7}]
    assert result.outcome.blank_rows == 1
    assert not result.faults


def test_a_file_of_plain_texts_gets_no_notice() -> None:
    result = in_small_chunks(
        "sku,name\nA1, Kettle \nA2,Größe\n", (SKU, attribute("name", "short_text"))
    )

    assert not result.notices
    assert result.outcome.clean
