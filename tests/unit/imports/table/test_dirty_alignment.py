"""Rows and headers that do not line up: a value that may be one column off is reported."""

import pytest

from core.outcomes import Refusal
from tests.unit.imports.dirty_files import read, tried

H = "A,B,C,D\n"
OK = "7,8,9,10\n11,12,13,14\n"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"{H}4,,5,6,\n{OK}", {"LONG_ROWS"}),
        (f"{H}4,5,6,7,\n{OK}", {"LONG_ROWS"}),
        (f"{H}{OK}4,,5,6,,,\n", {"LONG_ROWS"}),
        (f'{H}{OK}4,,5,6,""\n', {"LONG_ROWS"}),
        (f"{H}{OK}4,,5,6, \n", {"LONG_ROWS"}),
        (f"{H}{OK}45,6,\n", {"SHORT_ROWS"}),
        (f"{H}{OK}4 5 6 \n", {"SHORT_ROWS"}),
        (f"{H}{OK}4,5,6\n", {"SHORT_ROWS"}),
        (f"{H}{OK}4,,5,6,\n45,6\n", {"LONG_ROWS", "SHORT_ROWS"}),
        (f"{H}1,2,3,4,\n5,6,7,8,\n", {"SHORT_HEADER"}),
        ("A,B,C\n1,2,3,\n4,5,6,\n7,8,9\n", {"SHORT_HEADER"}),
        (",A,B,C,D\n1,2,3,\n", {"SHORT_ROWS", "COLUMN_WITHOUT_HEADER"}),
        (f"{H}{OK},,,,,,\n", set()),
        (f"{H}{OK},\n", set()),
        (f"{H}{OK}", set()),
    ],
)
def test_rows_of_another_length_than_the_header_are_told(text: str, codes: set[str]) -> None:
    assert set(read(text).notices) == codes


def test_a_missing_cell_need_not_be_the_last_one() -> None:
    assert "need not be the last" in read(f"{H}45,6,\n{OK}").notices["SHORT_ROWS"]


def test_an_empty_first_header_over_short_rows_means_that_all_values_may_be_off_by_one() -> None:
    assert "one column off" in read(",A,B,C,D\n1,2,3,\n").notices["SHORT_ROWS"]


def test_the_first_rows_of_a_kind_are_named() -> None:
    reported = read(f"{H}{OK}1,2,3,4,\n{OK}5,6,7,8,\n").notices["LONG_ROWS"]
    assert reported.startswith("Rows 3 and 6 have more cells")


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("AB,C,D", "1,2,3,\n4,5,6,\n"),
        ("A,BC,D", "1,2,3,4\n5,6,7,8\n"),
        ("A,B,CD", "1,2,3,4\n"),
        ("A B,C,D", "1,2,3,4\n"),
        ('"A,B",C,D', "1,2,3,4\n"),
        ('"A,B",C,D', "1,2,3\n"),
        ("A;B,C,D", "1,2,3\n"),
        ("A|B,C,D", "1,2,3,4\n"),
        ('"A\nB",C,D', "1,2,3,4\n"),
        ("A-B,C,D".replace("-", " ; "), "1,2,3,4\n"),
    ],
)
def test_a_header_cell_of_two_names_is_refused(header: str, rows: str) -> None:
    refusal = tried(f"{header}\n{rows}")
    assert isinstance(refusal, Refusal)
    assert refusal.code == "HEADER_DAMAGED"
    assert "two headers" in refusal.message


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("A,AB,B\n1,2,3\n", "A B"),
        ("AB,C\n1,2\n", "A B C"),
        ("AB,C\n1,2,3\n4,5,6\n", "AB A B C"),
        ("ShoeSize,Color\n1,2\n", "Shoe Size Color"),
    ],
)
def test_a_header_that_merely_looks_like_two_names_is_read(text: str, names: str) -> None:
    assert not isinstance(tried(text, names), Refusal)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('sku,name,price\nM1,"Monitor 24"",199\nK2,Keyboard 13",29\nP3,Plug,5\n', "sku name price"),
        ('A,B,C\n1,"2,3\n4,5",6\n', "A B C"),
        ('A,B,C\n1,2,"3\n4,5,6"\n', "A B C"),
        ('A,B,C\n"1,2,3\n4",5,6\n', "A B C"),
        ('A,B,C\n1,"2,3\n4,5,6\n7,8",9\n', "A B C"),
        ('A,B\n1,"x""\ny,""2"\n3,4\n', "A B"),
        ('A;B;C\n1;"2"";3\n4;5";6\n', "A B C"),
        ('A,B,C\r\n1,"24"",3\r\n4,13",6\r\n', "A B C"),
        ('A,B,C,D\n1,2,"24"",3\n4,5,13",6\n7,8,9,10\n', "A B C D"),
        ('A\tB\tC\n1\t"24""\t3\n4\t13"\t6\n', "A B C"),
    ],
)
def test_rows_within_a_cell_are_told(text: str, names: str) -> None:
    assert {"ROWS_IN_A_CELL", "SHORT_ROWS", "REPAIRED_QUOTES"} & set(read(text, names).notices)


@pytest.mark.parametrize(
    "cell", ['"two\nlines"', '"one, two\nthree"', '"24"" wide\n13"" high"', '"a\n\nb"', '"a,b,c"']
)
def test_lines_within_a_cell_are_usual(cell: str) -> None:
    assert read(f"A,B,C\n1,{cell},3\n4,5,6\n").notices == {}


@pytest.mark.parametrize(
    ("text", "headers"),
    [
        ('A,"B,"C",D\n1,2,3,4\n', "A B C D"),
        ('A,B,C,"D\n1,2,"x, y",\n5,6,7,8\n', "A B C D"),
        ('"A,B,C,D\n1,2,3,4\n5,6,7,8\n', "A B C D"),
        ('A,B",C,D\n1,2,3,4\n', "A B C D"),
        ('A,"B"x,C,D\n1,2,3,4\n', "A Bx C D"),
        ('A,B,"C,D\n1,2,3,4\n"5",6,7,8\n', "A B C D"),
        ('A,B,C,D"\n1,2,3,4\n', "A B C D"),
        ('"A";"B;"C";D\n1;2;3;4\n', "A B C D"),
        ('A,B,C,"D\n1,2,3,"\n5,6,7,8\n', "A B C D"),
        ('Title\n\nA,"B,"C",D\n1,2,3,4\n', "A B C D"),
        ('"A;B;C;D\n1;2;3;4\n', "A B C D"),
        ('A,"B,"C",D\r\n1,2,3,4\r\n', "A B C D"),
    ],
)
def test_a_header_row_with_quotes_out_of_order_is_mended_and_swallows_no_row(
    text: str, headers: str
) -> None:
    result = tried(text)
    if isinstance(result, Refusal):  # the rows under it may end within a quote of their own
        assert result.code == "UNTERMINATED_QUOTE"
        assert "row 1" in result.message
        return
    assert "REPAIRED_QUOTES" in result.notices
    assert "the header row" in result.outcome.notices[0].message
    first = result.products[0]
    assert (first["A"], first["C"]) in {("1", "3"), ("1", "x, y")}
