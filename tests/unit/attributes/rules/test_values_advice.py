"""What a fault advises is right: following it never gives a value that was not meant."""

from __future__ import annotations

import pytest

from tests.unit.attributes.rules.validation_kit import attribute, lines, validated_cells
from tests.unit.imports.values_kit import in_small_chunks

SKU = attribute("sku", "short_text", is_required=True)
SKIN = ("dry", "oily", "mixed")
A, B = "https://shop.example/a.jpg", "https://shop.example/b.jpg"


@pytest.mark.parametrize("kind", ["image", "url"])
@pytest.mark.parametrize(
    "text",
    [
        f"{A},{B}",
        f"{A};{B}",
        f"{A}, {B}",
        f"{A}|{B}",
        f"{A} | {B}",
        f"{A};{B};{A}",
        f"{A},//shop.example/b.jpg",
        f"{A},www.shop.example/b",
        f"{A} {B}",
        f"{A}\n{B}",
        f"{A}\u00a0{B}",
        f"{A},b.jpg",
        f"{A};b.jpg",
        "https://shop.example/1?w=5,https://shop.example/2",
        "HTTPS://SHOP.EXAMPLE/A.JPG,HTTP://SHOP.EXAMPLE/B.JPG",
    ],
)
def test_several_addresses_in_a_cell_are_told(kind: str, text: str) -> None:
    (fault,) = lines(validated_cells(attribute("x", kind), text).faults)

    assert fault["code"] == "NOT_A_URL"
    assert "several addresses" in fault["message"]


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example/a,b",
        "https://shop.example/w_100,f_auto/a.jpg",
        "https://cdn.example/fetch/w_100,h_50/https://shop.example/a.jpg",
        "https://shop.example/a;jsessionid=5",
        "https://shop.example/?ids=1,2,3",
    ],
)
def test_a_comma_in_one_address_is_no_list(text: str) -> None:
    assert lines(validated_cells(attribute("x", "image"), text).products) == [{"x": text}]


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("dry, oily", "a comma"),
        ("dry,oily", "a comma"),
        ("dry|oily", "a vertical bar"),
        ("dry | oily", "a vertical bar"),
        ("dry/oily", "a slash"),
        ("dry\noily", "a line break"),
        ("dry\r\noily", "a line break"),
        ("dry\toily", "a tab"),
        ("dry + oily", "a plus sign"),
        ("dry & oily", "an ampersand"),
        ("dry > oily", "a >"),
        ("dry、oily", "U+3001"),
        ("dry；oily", "U+FF1B"),
    ],
)
def test_another_separator_between_options_is_named(text: str, separator: str) -> None:
    skin = attribute("Skin", "multiple_select", options=SKIN)

    (fault,) = lines(validated_cells(skin, text).faults)

    assert f"separated by a semicolon, not by {separator}" in fault["message"]
    assert 'write "dry;oily"' in fault["message"]


def test_options_that_hold_another_separator_are_read() -> None:
    skin = attribute("Skin", "multiple_select", options=("dry, oily", "dry", "oily"))

    assert lines(validated_cells(skin, "dry, oily").products) == [{"Skin": ["dry, oily"]}]


@pytest.mark.parametrize("text", ["dry, oily", "dry;oily", "dry|oily"])
def test_several_options_where_one_is_allowed_are_told(text: str) -> None:
    skin = attribute("Skin", "single_select", options=SKIN)

    (fault,) = lines(validated_cells(skin, text).faults)

    assert "names several, and one is allowed" in fault["message"]


@pytest.mark.parametrize("kind", ["number", "measure"])
@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        *(
            ("1,299", "1299", "1.299"),
            ("12,500", "12500", "12.500"),
            ("999,999", "999999", "999.999"),
        ),
        *(("-1,299", "-1299", "-1.299"), ("+1,299", "+1299", "+1.299")),
    ],
)
def test_a_comma_that_reads_in_two_ways_is_told_in_both(
    kind: str, text: str, first: str, second: str
) -> None:
    unit = {"unit": "kg"} if kind == "measure" else {}

    (fault,) = lines(validated_cells(attribute("x", kind, **unit), text).faults)

    assert f"write {first} if the comma separates thousands" in fault["message"]
    assert f"or {second} if it separates decimals" in fault["message"]


@pytest.mark.parametrize("text", ["12,50", "0,125", "1,5", "1234,567", ",5", "1,2345"])
def test_a_comma_that_reads_in_one_way_is_a_point(text: str) -> None:
    (fault,) = lines(validated_cells(attribute("x", "number"), text).faults)

    assert fault["message"].endswith(
        "use a point for decimals, or import the file with locale auto."
    )


@pytest.mark.parametrize("kind", ["number", "barcode", "measure"])
@pytest.mark.parametrize(
    "text", ["4,00638E+12", "5,9E+12", "4,00638e12", "4,00638e+12", "1,23457E+17"]
)
def test_digits_that_a_spreadsheet_dropped_are_not_made_up(kind: str, text: str) -> None:
    unit = {"unit": "kg"} if kind == "measure" else {}

    (fault,) = lines(validated_cells(attribute("x", kind, **unit), text).faults)

    assert "last digits are lost" in fault["message"]
    assert "point" not in fault["message"]


@pytest.mark.parametrize("kind", ["number", "short_text", "long_text"])
@pytest.mark.parametrize("text", ["4.00638E+12", "5.9E+12", "1.23457E+17", "4E+12"])
def test_a_code_that_a_spreadsheet_shortened_is_told(kind: str, text: str) -> None:
    result = in_small_chunks(f"sku,x\nA1,{text}\nA2,{text}\n", (SKU, attribute("x", kind)))

    assert result.notices["DIGITS_LOST"].startswith("2 cells")
    assert text in result.notices["DIGITS_LOST"]


@pytest.mark.parametrize("text", ["1e5", "1E-7", "2.5E+1", "4006381333931", "1.5e+300"])
def test_a_number_with_all_its_digits_is_read_without_a_word(text: str) -> None:
    result = in_small_chunks(f"sku,x\nA1,{text}\n", (SKU, attribute("x", "number")))

    assert not result.notices


ERRORS = (
    *("#NAME?", "#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"),
    *(
        "#BEZUG!",
        "#NV",
        "#WERT!",
        "#VALEUR!",
        "#NOM?",
        "#¡REF!",
        "#N/D",
        "#DZIEL/0!",
        "#ССЫЛКА!",
        "#DEĞER!",
        "Err:502",
        "########",
    ),
)


@pytest.mark.slow
@pytest.mark.parametrize("text", ERRORS)
def test_an_error_of_a_spreadsheet_gets_the_notice_of_a_workbook(text: str) -> None:
    definitions = (SKU, attribute("name", "short_text"), attribute("price", "number"))

    data = f"sku,name,price\nA1,Kettle,1\nA2, {text} ,2\nA3,Pan,{text}\n"
    result = in_small_chunks(data, definitions)

    assert result.notices["ERROR_CELLS"].startswith(
        '2 cells hold errors of a spreadsheet, the first is in row 2, column "name", with'
    )
    assert text in result.notices["ERROR_CELLS"]
    assert result.products[1] == {"sku": "A2", "name": text, "price": 2}


@pytest.mark.parametrize("text", ["#1 seller", "#N/A in parts", "# REF!", "###", "Error", "N/A"])
def test_other_texts_get_none(text: str) -> None:
    result = in_small_chunks(f"sku,name\nA1,{text}\n", (SKU, attribute("name", "short_text")))

    assert not result.notices


@pytest.mark.parametrize(
    "text", ["Gr\ufffd\ufffde", "CafÃ©", "GrÃ¶ÃŸe", "itâ€™s", "it\u0092s", "5 Â°C", "\ufffd"]
)
def test_text_that_was_garbled_before_is_told_and_is_not_clean(text: str) -> None:
    result = in_small_chunks(f"sku,name\nA1,{text}\n", (SKU, attribute("name", "short_text")))

    assert text[:3] in result.notices["GARBLED_TEXT"]
    assert result.products == [{"sku": "A1", "name": text}]
    assert not result.outcome.clean
