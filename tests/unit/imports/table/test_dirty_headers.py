"""The header row: which one it is, and what under it belongs to it."""

import pytest

from tests.unit.imports.dirty_files import read

SHOP = (
    "Handle,Title,Vendor,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Price\n"
    "shirt,Linen shirt,Alba,Size,M,Color,Blue,49.00\n"
    "cap,Wool cap,Alba,Size,S,Color,Grey,19.00\n"
)
ONE_PRODUCT = "".join(SHOP.splitlines(keepends=True)[:2])


@pytest.mark.parametrize(
    ("text", "names", "rows"),
    [
        (SHOP, "Title Size Color Material", ["Linen shirt", "Wool cap"]),
        (ONE_PRODUCT, "Title Size Color Material", ["Linen shirt"]),
        ("key,Title,Label\n1,Size,Color\n2,Size,Width\n", "Title Size Color", ["Size", "Size"]),
        ("sku,name\nname,sku\nname,sku\n", "sku name", ["name|sku"] * 2),
        ("Brand: Acme,,\nsku,name,price\n1,Mug,2\n", "sku name price Brand", ["1|Mug|2"]),
        ("Brand,,\nsku,name,price\n1,Mug,2\n", "sku name price Brand", ["1|Mug|2"]),
        ("Price list,,\n\nsku,name,price\n1,Mug,2\n", "sku name price", ["1|Mug|2"]),
        ("Nr,Text,price\nsku,name,price\n1,Mug,2\n", "sku name price", ["1|Mug|2"]),
        ("Nr,Text,Preis\nsku,name,price\n1,Mug,2\n", "sku name price", ["1|Mug|2"]),
        ("a;b\n1;2\n", "a b", ["1|2"]),
        ("sku\tname\n1\tprice\n2\tname\n", "sku name price", ["1|price", "2|name"]),
    ],
)
def test_cells_that_are_names_of_attributes_do_not_make_a_header_row(
    text: str, names: str, rows: list[str]
) -> None:
    assert read(text, names).rows() == rows


@pytest.mark.parametrize(
    ("under", "rows", "reason"),
    [
        (",,kg,EUR", ["1|Mug|0.3 kg|2"], "holds units"),
        (",,(kg),(EUR)", ["1|Mug|0.3 kg|2"], "holds units"),
        ("-,-,[kg],[€]", ["1|Mug|0.3 kg|2"], "holds units"),
        (",,g,EUR", ["1|Mug|0.3 kg|2"], 'says "g" where kg is read'),
        ("text,text,number,number", ["1|Mug|0.3 kg|2"], "units or types"),
        ("sku_code,product_name,weight_kg,price_eur", ["1|Mug|0.3 kg|2"], "second row of headers"),
        ("SKU,Name of product,Weight,Price", ["1|Mug|0.3 kg|2"], "second row of headers"),
        ("pim_id,pim_title,net_mass,net_amount", ["1|Mug|0.3 kg|2"], "second row of headers"),
        ("Sku,Name,Weight,Price\n,,kg,EUR", ["1|Mug|0.3 kg|2"], "holds units"),
        ("\n,,kg,EUR", ["1|Mug|0.3 kg|2"], "Row 2 under the header row holds units"),
    ],
)
def test_units_types_and_second_headers_under_the_header_are_left_out_and_told(
    under: str, rows: list[str], reason: str
) -> None:
    result = read(
        f"sku,name,weight,price\n{under}\n1,Mug,0.3,2\n",
        "sku name weight:measure price:number",
    )
    assert result.rows() == rows
    assert any(
        notice.code == "ROWS_LEFT_OUT" and reason in notice.message
        for notice in result.outcome.notices
    )
    assert result.outcome.faults == 0


@pytest.mark.parametrize(
    "row",
    [
        "kg,Mug,0.3,2",
        "A1,Name,0.3,2",
        "x,Kettle,,",
        "m,l,,",
        "1,sku,0.3,2",
        "sku-7,name-7,7,7",
        "Weight,Price,1,2",
        "a_b,c_d,1,2",
        "text,text,1,1",
        "only,,,",
    ],
)
def test_a_product_under_the_header_is_no_part_of_it(row: str) -> None:
    result = read(
        f"sku,name,weight,price\n{row}\n1,Mug,0.3,2\n", "sku name weight:measure price:number"
    )
    assert len(result.products) == 2
    assert "ROWS_LEFT_OUT" not in result.notices


@pytest.mark.parametrize(
    ("line", "left_out"),
    [
        ("---,---,-----", True),
        ("====,====,", True),
        (":---,:---:,---:", True),
        ("-,-,-", False),
        ("--,Mug,2", False),
    ],
)
def test_a_line_of_dashes_under_the_header_is_left_out_and_told(line: str, left_out: bool) -> None:
    result = read(f"sku,name,price\n{line}\n1,Mug,2\n", "sku name price")
    assert len(result.products) == (1 if left_out else 2)
    assert ("ROWS_LEFT_OUT" in result.notices) == left_out


@pytest.mark.parametrize(
    ("last", "left_out"),
    [
        ("Total,,4", True),
        ("TOTAL:,,4.00", True),
        ('Summe,,"1.299,00"', True),
        (",Gesamt,4", True),
        ("Grand total,,$4", True),
        ("Total: 2 items,,4", True),
        ("Summe (2 Artikel),,4", True),
        ("Total,,4\n,,\n", True),
        ("Total,Mug,4", False),
        ("Total Care,,4", False),
        ("Total,,", False),
        ("Sum 41,,4", False),
    ],
)
def test_a_row_of_totals_is_left_out_and_told(last: str, left_out: bool) -> None:
    result = read(f"sku,name,price\n1,Mug,2\n2,Pot,2\n{last}\n", "sku name price")
    assert len(result.products) == (2 if left_out else 3)
    assert ("TOTALS_ROW" in result.notices) == left_out


def test_a_word_for_a_total_far_above_the_end_is_a_product() -> None:
    rows = "".join(f"{n},Mug,2\n" for n in range(30))
    assert len(read(f"sku,name,price\nTotal,,4\n{rows}", "sku name price").products) == 31


@pytest.mark.parametrize(
    ("text", "rows", "again"),
    [
        ("A,B\n1,2\nA,B\n3,4\n", ["1|2", "3|4"], "Row 2 repeats"),
        ("A,B\n1,2\n\ufeffA,B\n3,4\n", ["1|2", "3|4"], "Row 2 repeats"),
        ("\ufeffA,B\n1,2\n\ufeffA,B\n3,4\n", ["1|2", "3|4"], "Row 2 repeats"),
        ('A,B\n1,2\n"A","B"\n3,4\n', ["1|2", "3|4"], "Row 2 repeats"),
        ('"A","B"\n1,2\n\ufeff"A","B"\n3,4\n', ["1|2", "3|4"], "Row 2 repeats"),
        ("A,B\r\n1,2\r\n\x1aA,B\r\n3,4\r\n", ["1|2", "3|4"], "Row 2 repeats"),
        ("A, B\n1,2\nA, B\n3,4\n", ["1|2", "3|4"], "Row 2 repeats"),
        ("A,B\nA,B\n1,2\n", ["1|2"], "Row 1 repeats"),
        ("A,B\n1,2\nA,B\n", ["1|2"], "Row 2 repeats"),
        ("A,B\nA,B\nA,B\n1,2\nA,B\n3,4\n", ["1|2", "3|4"], "Rows 1, 2 and 4 repeat"),
        ("A,B,\n1,2,\nA,B,\n3,4,\n", ["1|2", "3|4"], "Row 2 repeats"),
        ("A\n1\nA\n2\n", ["1", "2"], "Row 2 repeats"),
        ("A,B\n" + "1,2\n" * 3 + "A,B\n" * 7, ["1|2"] * 3, "7 rows (the first are 4, 5, 6, 7, 8)"),
    ],
)
def test_a_header_row_that_comes_again_is_left_out_and_told(
    text: str, rows: list[str], again: str
) -> None:
    result = read(text)
    assert result.rows() == rows
    assert result.notices["REPEATED_HEADER"].startswith(again)
    assert result.outcome.clean


@pytest.mark.parametrize("row", ["A,C", "B,A", "A,", ",B", "a,b", "A B,", "A,B2"])
def test_a_row_that_is_only_like_the_header_row_is_a_product(row: str) -> None:
    result = read(f"A,B\n1,2\n{row}\n")
    assert len(result.products) == 2
    assert "REPEATED_HEADER" not in result.notices


@pytest.mark.parametrize(
    "text",
    [
        "sku,name\n1,Mug\nSKU,Name\n2,Cup\n",
        "sku,name\n1,Mug\nSku,NAME\n2,Cup\n",
        "sku;name;\n1;Mug;\nSKU;NAME;\n2;Cup;\n",
        "sku\tname\n1\tMug\n\ufeffSKU\tName\n2\tCup\n",
        'sku,name\n1,Mug\n"SKU","NAME"\n2,Cup\n',
        "sku,name\r\n1,Mug\r\n\x1aSKU,Name\r\n2,Cup\r\n",
        "sku,name\n1,Mug\nname,sku\nCup,2\n",
        "sku;name\n1;Mug\nNAME;SKU\nCup;2\n",
        'sku,name\n1,Mug\n"name","sku"\nCup,2\n',
        "sku,,name\n1,,Mug\nname,,sku\nCup,,2\n",
    ],
)
def test_the_headers_in_another_case_or_order_are_told_and_read_as_a_row(text: str) -> None:
    result = read(text, "sku name")
    assert len(result.products) == 3
    assert result.notices["HEADER_OTHERWISE"].startswith("Row 2 holds the headers in another")


@pytest.mark.parametrize(
    "row", ["name,name,price", "sku,name,4", "price,,", "name,price,sku-1", "sku,price,sku"]
)
def test_a_row_with_some_names_of_columns_is_a_row(row: str) -> None:
    result = read(f"sku,name,price\n1,Mug,2\n{row}\n", "sku name price")
    assert len(result.products) == 2
    assert not {"HEADER_OTHERWISE", "REPEATED_HEADER"} & set(result.notices)


def test_a_row_of_nothing_but_names_stays_the_header_before_a_longer_one() -> None:
    result = read("sku,name\n1,Mug\nsku,name,price\n2,Cup\n", "sku name price")
    assert result.rows() == ["1|Mug", "2|Cup"]
    assert "HEADER_DOUBTFUL" in result.notices


@pytest.mark.parametrize("odd", ["sku,name", "Total,,9", "name,sku"])
@pytest.mark.parametrize(
    ("cell", "code"),
    [("#NAME?", "ERROR_CELLS"), ("CafÃ©", "GARBLED_TEXT"), ("4.00638E+12", "DIGITS_LOST")],
)
def test_what_the_cells_hold_is_told_beside_a_row_that_is_left_out(
    odd: str, cell: str, code: str
) -> None:
    text = f"sku,name,price\n1,{cell},2\n{odd}\n2,Cup,3\n"
    assert code in read(text, "sku name price").notices


def test_a_row_that_is_left_out_is_not_said_to_be_read() -> None:
    text = "SKU,Name,Price\nsku,name,price\n1,a,2\n2,b,3\n"
    result = read(text, "SKU Name Price:number")
    assert result.rows() == ["1|a|2", "2|b|3"]
    assert set(result.notices) == {"ROWS_LEFT_OUT"}
