"""One table, however its XML is written, gives one result."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.imports.workbooks.workbook_files import read
from tests.unit.imports.workbooks.xlsx.variants_kit import EXPECTED, ROWS, book, check


def without_places(rows: str) -> str:
    return re.sub(r'(<(?:row|c)) r="[A-Z]?\d"', r"\1", rows)


def prefixed(rows: str) -> str:
    return re.sub(r"<(/?)", r"<\1x:", rows)


SPELLINGS = {
    "as usual": ROWS,
    "no places": without_places(ROWS),
    "no places of rows": re.sub(r'<row r="\d"', "<row", ROWS),
    "small letters": re.sub(r'<c r="(\w)', lambda m: f'<c r="{m[1].lower()}', ROWS),
    "dollar signs": re.sub(r'<c r="(\w)', r'<c r="$\1$', ROWS),
    "line ends between tags": ROWS.replace("><", ">\r\n  <"),
    "blanks in values": ROWS.replace("<v>", "<v> ").replace("</v>", "\n</v>"),
    "truth in words": ROWS.replace('t="b"><v>1', 't="b"><v>true').replace(
        't="b"><v>0', 't="b"><v>FALSE'
    ),
    "single quotes": ROWS.replace('"', "'"),
    "blanks around equals": ROWS.replace('="', ' = "'),
    "another order": re.sub(r'<c (r="\w\d") ([st]="\w+")', r"<c \2 \1", ROWS),
    "comments": ROWS.replace("<v>", "<!-- c --><v><!-- v -->"),
    "character data sections": re.sub(r"<v>([^<]+)", r"<v><![CDATA[\1]]>", ROWS),
    "character references": ROWS.replace("<v>1", "<v>&#49;"),
    "attributes of values": ROWS.replace("<v>", '<v xml:space="preserve">'),
    "an inline text as a value": ROWS.replace("<is><t>note</t></is>", "<v>note</v>"),
    "true for hidden": ROWS.replace('hidden="1"', 'hidden="true"'),
    "no value at all": ROWS.replace("<v></v>", ""),
    "an empty value": ROWS.replace("<v></v>", "<v/>"),
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_sheet_is_read_alike_however_it_is_written(spelling: str, tmp_path: Path) -> None:
    check(read(book(SPELLINGS[spelling]), tmp_path))


def test_a_sheet_with_a_prefix_is_read_alike(tmp_path: Path) -> None:
    check(read(book(prefixed(ROWS), prefix="x:"), tmp_path))


def test_names_with_backslashes_are_read_alike(tmp_path: Path) -> None:
    check(read(book(ROWS, separator="\\"), tmp_path))


def test_a_sheet_in_utf_16_is_read_alike(tmp_path: Path) -> None:
    check(read(book(ROWS, encoding="utf-16"), tmp_path))


@given(
    places=st.sampled_from(["all", "none", "rows"]),
    blanks=st.sampled_from(["", " ", "\n", "\r\n\t"]),
    inner=st.sampled_from(["", " ", "\n"]),
    quote=st.sampled_from(['"', "'"]),
    truth=st.sampled_from(["1", "true", "TRUE"]),
    separator=st.sampled_from(["/", "\\"]),
    has_prefix=st.booleans(),
)
def test_any_mix_of_spellings_gives_the_same(
    places: str,
    blanks: str,
    inner: str,
    quote: str,
    truth: str,
    separator: str,
    has_prefix: bool,
) -> None:
    rows = ROWS.replace('t="b"><v>1', f't="b"><v>{truth}')
    rows = without_places(rows) if places == "none" else rows
    rows = re.sub(r'<row r="\d"', "<row", rows) if places == "rows" else rows
    rows = rows.replace("<v>", f"<v>{inner}").replace("><", f">{blanks}<").replace('"', quote)
    data = book(
        prefixed(rows) if has_prefix else rows,
        prefix="x:" if has_prefix else "",
        separator=separator,
    )
    with tempfile.TemporaryDirectory() as folder:
        check(read(data, Path(folder)))


@pytest.mark.parametrize(
    "odd",
    [
        "#SPILL!",
        "#CALC!",
        "#GETTING_DATA",
        "#FIELD!",
        "#BLOCKED!",
        "#CONNECT!",
        "#UNKNOWN!",
        "#n/a",
        "#WERT!",
        "oops",
        "#BUSY!",
        "#PYTHON!",
    ],
)
def test_an_unknown_error_is_an_error_cell_and_the_rest_is_read(odd: str, tmp_path: Path) -> None:
    found = read(book(ROWS.replace("#N/A", odd)), tmp_path)
    assert found.rows == [(*EXPECTED[0][:2], odd, "TRUE"), EXPECTED[1]]
    assert f"C2 holds the error {odd}" in found.notices["ERROR_CELLS"]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ('t="e"><v>#N/A', 't="e"><v>', "#ERROR!"),
        ('t="e"><v>#N/A', 't="s"><v>99', "#ERROR!"),
        ('t="e"><v>#N/A', 't="zz"><v>odd', "odd"),
        ('t="e"><v>#N/A', "><v>5,5", "5,5"),
        ('t="e"><v>#N/A', 't="b"><v>maybe', "maybe"),
    ],
)
def test_one_odd_cell_never_condemns_the_file(
    old: str, new: str, text: str, tmp_path: Path
) -> None:
    assert old in ROWS
    found = read(book(ROWS.replace(old, new)), tmp_path)
    assert found.rows[0][2] == text
    assert found.rows[1] == EXPECTED[1]
