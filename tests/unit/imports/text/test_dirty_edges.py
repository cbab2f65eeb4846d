"""What a text file holds beside its table, and cells written as formulas."""

import pytest

from core.outcomes import Refusal
from tests.unit.imports.dirty_files import read, tried

BOM = "\ufeff"


@pytest.mark.parametrize(
    "end",
    ["\x1a", "\x1a\x1a", "\x1a\r\n", "\x1a\n", "\n\x1a", "\x1a" * 128, "\x1a\r\n\x1a", "\x1a\r"],
)
@pytest.mark.parametrize("text", ["A,B\r\n1,2\r\n3,4\r\n", "A,B\n1,2\n3,4"])
def test_the_end_of_file_mark_of_dos_is_left_out(text: str, end: str) -> None:
    result = read(text + end)
    assert result.rows() == ["1|2", "3|4"]
    assert "END_OF_FILE_MARK" in result.notices
    assert "SHORT_ROWS" not in result.notices


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252", "shift_jis"])
def test_the_mark_is_found_in_every_encoding(encoding: str) -> None:
    option = {"encoding": encoding} if encoding == "shift_jis" else {}
    assert read("A,B\n1,2\n\x1a".encode(encoding), **option).rows() == ["1|2"]


@pytest.mark.parametrize("text", ["A,B\n1,2\n\x1ax\n", "A,B\n1,2\x1a3\n"])
def test_a_mark_with_a_text_behind_it_is_no_end(text: str) -> None:
    assert "END_OF_FILE_MARK" not in read(text).notices


@pytest.mark.slow
@pytest.mark.parametrize(
    "text",
    [
        f"{BOM}A,B\n1,2\n",
        f"{BOM}{BOM}A,B\n1,2\n",
        f"{BOM}{BOM}{BOM}A,B\n1,2\n",
        f'{BOM}{BOM}"A","B"\n1,2\n',
        f'{BOM}{BOM}{BOM}"A","B"\n1,2\n',
        f"{BOM}\n{BOM}A,B\n1,2\n",
        f"{BOM}A,B\n{BOM}1,2\n",
        f"A,B\n1,2\n{BOM}",
        f"A,B\n1,2\n{BOM}\n",
        f"{BOM}{BOM}A,B\r1,2\r",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_byte_order_marks_are_never_part_of_a_header_or_a_value(text: str, encoding: str) -> None:
    if encoding == "utf-8" or text.startswith(BOM):
        assert read(text.encode(encoding)).rows() == ["1|2"]


FORMS = [
    '------WebKitFormBoundary7MA4YWxk\r\nContent-Disposition: form-data; name="file"; '
    'filename="a.csv"\r\nContent-Type: text/csv\r\n\r\nA,B\r\n1,2\r\n'
    "------WebKitFormBoundary7MA4YWxk--\r\n",
    '--d1\r\nContent-Type: text/csv\r\nContent-Disposition: form-data; name="f"\r\n\r\nA,B\r\n',
    '--d1\ncontent-disposition: form-data; name="f"\n\nA,B\n1,2\n',
    "--d1\r\nContent-Type: text/csv\r\n\r\nA,B\r\n1,2\r\n--d1--\r\n",
    "Content-Type: multipart/form-data; boundary=d1\r\n\r\n--d1\r\nContent-Type: text/csv\r\n"
    "Content-Transfer-Encoding: 8bit\r\n\r\nA,B\r\n1,2\r\n--d1--\r\n",
    '\r\n--d1\r\nContent-Disposition: form-data; name="f"\r\n\r\nA,B\r\n',
    "--x\r\nContent-Disposition:form-data;name=f\r\n\r\n\x89PNG",
    "--x\r\nContent-Length: 5\r\nContent-Type: a/b\r\nCONTENT-DISPOSITION: FORM-DATA\r\n\r\nA\r\n",
    "-----------------------------9051914041544843365972754266\r\n"
    'Content-Disposition: form-data; name="key"\r\n\r\nvalue\r\n',
    '--------------------------d74496d66958873e\r\nContent-Disposition: form-data; name="file"; '
    'filename="p.xlsx"\r\nContent-Type: application/octet-stream\r\n\r\nPK\x03\x04',
    "--boundary=1\r\nContent-Disposition: form-data\r\n\r\n",
    '--a b\r\nContent-Disposition:  form-data; name="x"\r\n\r\nA,B\r\n',
]


@pytest.mark.parametrize("text", FORMS)
def test_the_wrapping_of_a_form_is_refused_with_the_way_to_upload(text: str) -> None:
    refusal = tried(text)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "UNSUPPORTED_FILE_TYPE"
    assert "PUT its bytes alone" in refusal.message


@pytest.mark.parametrize("text", ["--A,B\n1,2\n", "--x\nA,B\n1,2\n", "-- list --\n\nA,B\n1,2\n"])
def test_a_text_with_hyphens_at_its_beginning_is_no_form(text: str) -> None:
    assert not isinstance(tried(text), Refusal)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('="00123"', "00123"),
        ('"=""00123"""', "00123"),
        ('="0"', "0"),
        ('="a b"', "a b"),
        ('"=""a,b"""', "a,b"),
        ('"=""5"""" pipe"""', '5" pipe'),
        ('="+49 30"', "+49 30"),
        ('"=""ü"""', "ü"),
        ('="00123" ', '="00123"'),
        ("=00123", "=00123"),
        ('"=""a"" & ""b"""', '="a" & "b"'),
        ('"x=""1"""', 'x="1"'),
        ('"<a href=""b"">"', '<a href="b">'),
    ],
)
def test_a_number_kept_as_text_by_a_formula_is_that_text(cell: str, value: str) -> None:
    result = read(f"A,B\n1,{cell}\n2,x\n", "A B")
    assert result.rows() == [f"1|{value}", "2|x"]
    assert ("TEXT_FORMULAS" in result.notices) == (not value.startswith(("=", "x=", "<")))


def test_a_header_and_cells_beyond_the_last_header_are_read_alike() -> None:
    result = read('="A",B\n1,="2"\n')
    assert result.rows() == ["1|2"]
