"""Every encoding a merchant's file comes in is detected or named, and proven over all of it."""

import pytest

from core.file_format import ReadingOptions
from core.imports.text.encodings import (
    codec_named,
    guess_from_head,
    is_scannable,
    text_start,
    undefined_bytes,
)
from core.outcomes import NoticeCode
from tests.unit.imports.text.text_imports import imported, refused

TEXT = "a,Größe\n1,Übergröße €\n2,é\n"
NAMES = ("a", "Größe")


def options(encoding: str) -> ReadingOptions:
    return ReadingOptions(encoding=encoding)


@pytest.mark.parametrize("block", [1, 2, 3, 7, 1_000])
@pytest.mark.parametrize(
    ("codec", "shown"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16-le"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("utf-32", "utf-32-le"),
        ("cp1252", "cp1252"),
    ],
)
def test_an_encoding_is_detected(codec: str, shown: str, block: int) -> None:
    result = imported(TEXT.encode(codec), NAMES, read_block_bytes=block, chunk_target_bytes=9)
    assert result.plan.format.encoding == shown
    assert result.rows == [["1", "Übergröße €"], ["2", "é"]]
    assert [column.attribute for column in result.plan.columns] == ["a", "Größe"]


@pytest.mark.parametrize(
    ("given", "codec"),
    [
        ("utf-8", "utf-8"),
        ("UTF8", "utf-8-sig"),
        ("utf-16", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("Windows-1252", "cp1252"),
        ("ansi", "cp1252"),
        ("iso-8859-15", "iso-8859-15"),
        ("cp850", "cp850"),
        ("utf-32-be", "utf-32-be"),
        ("utf-7", "utf-7"),
    ],
)
def test_a_named_encoding_is_used(given: str, codec: str) -> None:
    text = TEXT if codec not in ("cp850",) else TEXT.replace("€", "x")
    result = imported(text.encode(codec), NAMES, options=options(given), chunk_target_bytes=9)
    assert result.rows[1] == ["2", "é"]


def test_an_encoding_that_hides_delimiters_in_letters_is_rewritten_before_it_is_cut() -> None:
    # given Shift JIS, in which the second byte of a letter can be "|" (0x7C)
    text = 'a|名前\n1|ポ"ソ能\n2|表|x\n'
    assert text.encode("shift_jis").count(b"|") > text.count("|")
    # when
    result = imported(text.encode("shift_jis"), options=options("shift_jis"), read_block_bytes=5)
    # then
    assert result.rows == [["1", 'ポ"ソ能'], ["2", "表"]]
    assert result.extra_cells == {2: ("x",)}
    assert result.plan.format.encoding == "shift_jis"


@pytest.mark.parametrize(
    ("data", "encoding", "where"),
    [
        (b"\x1b$,-1e400", None, "Line 1 of the file (byte 1)"),
        (b"a,b\n1,\x1b$\xff\n2,x\n", "iso2022_jp", "Line 2 of the file (byte 7)"),
        (b"a,b\n1,2\n3,\x81\xff\n", "shift_jis", "Line 3 of the file (byte 11)"),
        (b"a,b\n1,2\n3,\x81", "gb18030", "Line 3 of the file (byte 11)"),
        (b"a,b\n1,+2D0-x\n", "utf-7", "Line 2 of the file (byte 7)"),
        (b"a,b\n1,~{!!~!\n", "hz", "Line 2 of the file (byte 11)"),
    ],
)
def test_the_byte_that_does_not_fit_is_the_same_in_blocks_of_any_size(
    data: bytes, encoding: str | None, where: str
) -> None:
    blocks = (1, 2, 3, 5, 7, 8, 1_000)
    chosen = ReadingOptions(encoding=encoding)
    said = {refused(data, options=chosen, read_block_bytes=size).message for size in blocks}
    assert [message.partition(" cannot be read")[0] for message in said] == [where]


def test_text_that_the_rewritten_encoding_does_not_know_is_refused_by_its_line() -> None:
    refusal = refused(b"a,b\n1,2\n3,\x81\xff\n", options=options("shift_jis"), read_block_bytes=4)
    assert refusal.code == "WRONG_ENCODING"
    assert "Line 3" in refusal.message
    assert "SHIFT_JIS" in refusal.message


@pytest.mark.parametrize("codec", ["iso2022_jp", "iso2022_kr"])
def test_seven_bit_codes_of_japanese_and_korean_are_announced_in_the_text(codec: str) -> None:
    name = {"iso2022_jp": "電気ケトル", "iso2022_kr": "전기 주전자"}[codec]

    result = imported(f"a,b\n1,{name}\n".encode(codec))

    assert result.rows == [["1", name]]


def test_latin_1_is_taken_where_windows_1252_has_no_character() -> None:
    result = imported(b"a,b\n1,\xe9\x81\n")
    assert result.plan.format.encoding == "iso8859-1"
    assert result.rows == [["1", "é\x81"]]


def test_a_letter_far_behind_an_ascii_beginning_settles_the_encoding() -> None:
    rows = "1,plain\n" * 60_000
    result = imported(f"a,b\n{rows}2,Größe\n".encode("cp1252"))
    assert result.plan.format.encoding == "cp1252"
    assert result.rows[-1] == ["2", "Größe"]


def test_headers_are_read_again_when_the_rest_shows_the_true_encoding() -> None:
    # given a header that is valid UTF-8 by accident, in a text full of Windows-1252
    data = "a,Ü°\n".encode("cp1252") + "1,Größe\n".encode("cp1252") * 30_000
    # when
    result = imported(data, ("a", "Ü°"))
    # then
    assert result.plan.original_headers == ("a", "Ü°")
    assert result.plan.format.encoding == "cp1252"
    assert result.plan.row_count == 30_000


@pytest.mark.parametrize("block", [1, 3, 1_000])
def test_a_mix_of_encodings_is_refused_naming_the_row_of_the_first_byte_that_differs(
    block: int,
) -> None:
    data = "a,Name\n1,é\n2,ü\n".encode() + "3,Größe\n4,é".encode("cp1252")
    refusal = refused(data, read_block_bytes=block)
    assert refusal.code == "MIXED_ENCODING"
    assert 'the byte 0xF6 in row 3, column "Name"' in refusal.message


def test_a_byte_order_mark_of_utf_8_before_other_bytes_is_a_mix() -> None:
    refusal = refused(b"\xef\xbb\xbfa,b\n1,\xe9\n")
    assert refusal.code == "MIXED_ENCODING"
    assert "row 1" in refusal.message


def test_a_guessed_encoding_is_told_with_a_word_as_it_was_read() -> None:
    plan = imported("a,b\nПалатка,1\n".encode("cp1251")).plan

    (notice,) = plan.notices
    assert notice.code is NoticeCode.ENCODING_GUESSED
    assert 'read as Windows-1251, for example "Палатка"' in notice.message


@pytest.mark.parametrize("header", ["a,b", "a,Größe"])
def test_a_guess_that_a_letter_far_behind_the_beginning_settled_shows_its_word(header: str) -> None:
    # given a text whose first half MiB would do as UTF-8
    beginning = f"{header}\n" + "1,plain\n" * 65_536
    text = beginning.encode() + "2,Übergröße\n".encode("cp1252") * 3_000

    plan = imported(text).plan

    (notice,) = plan.notices
    assert 'read as Windows-1252, for example "Übergröße"' in notice.message


def test_a_guess_shows_a_word_that_would_be_none_in_utf_8() -> None:
    # given a pair of bytes that is valid UTF-8 by accident, before letters that are none
    text = ("a,b\n1,TÉ\u00a0:\n" + "2,größer\n" * 20).encode("cp1252")

    (notice,) = imported(text).plan.notices

    assert 'for example "größer"' in notice.message


@pytest.mark.parametrize("letters", [10, 300_000])
def test_a_guess_shows_no_endless_word_and_does_not_search_it_for_ever(letters: int) -> None:
    text = f"a,b\n{'f' * 200_000}é{'f' * letters},1\n".encode("cp1252")

    (notice,) = imported(text).plan.notices

    assert f'for example "{"f" * 30}é' in notice.message
    assert len(notice.message) < 300


def test_a_guess_without_any_letter_shows_the_cell_of_a_sign() -> None:
    (notice,) = imported("a,b\n1,20 °\n".encode("cp1252")).plan.notices

    assert 'it was read as Windows-1252, for example "20 °". If letters' in notice.message


@pytest.mark.parametrize("encoding", [None, "cp1251"])
def test_an_encoding_that_is_known_or_named_is_no_guess(encoding: str | None) -> None:
    text = "a,b\nПалатка,1\n".encode(encoding or "utf-8")

    plan = imported(text, options=ReadingOptions(encoding=encoding)).plan

    assert plan.notices == ()


def test_one_accidental_pair_among_many_windows_letters_is_no_mix() -> None:
    # given French capitals: É and a no-break space are a valid pair of UTF-8
    data = ("a,b\n" + "1,é è\n" * 20 + "2,SOCIÉTÉ\u00a0:\n").encode("cp1252")
    result = imported(data)
    assert result.rows[-1] == ["2", "SOCIÉTÉ\u00a0:"]


@pytest.mark.parametrize(
    ("data", "encoding", "where"),
    [
        (b"a,b\n1,2\n3,\xe9\n", "utf-8", "row 2"),
        (b"a,\xe9\n1,2\n", "utf-8", "the header row"),
        (b"a,b\n1,\x81\n", "windows-1252", "row 1"),
        (b"a,b\n1,\xc3\xa9\n", "ascii", "row 1"),
        (b"a,b\n1,2\n3,\xe2\x82", "utf-8", "row 2"),
    ],
)
@pytest.mark.parametrize("block", [1, 1_000])
def test_a_named_encoding_that_does_not_fit_is_refused_naming_the_row(
    data: bytes, encoding: str, where: str, block: int
) -> None:
    refusal = refused(data, options=options(encoding), read_block_bytes=block)
    assert refusal.code == "WRONG_ENCODING"
    assert where in refusal.message


def test_utf_16_cut_in_the_middle_of_a_character_is_refused() -> None:
    refusal = refused(TEXT.encode("utf-16")[:-1])
    assert refusal.code == "WRONG_ENCODING"
    assert "odd number of bytes" in refusal.message


@pytest.mark.parametrize("lone", [b"\x3d\xd8", b"\x00\xde"], ids=["high", "low"])
@pytest.mark.parametrize("block", [2, 1_000])
def test_an_unpaired_surrogate_is_refused_naming_the_row(lone: bytes, block: int) -> None:
    data = "a,b\n1,2\n3,".encode("utf-16") + lone + "x\n".encode("utf-16-le")
    refusal = refused(data, read_block_bytes=block)
    assert refusal.code == "WRONG_ENCODING"
    assert "row 2" in refusal.message


@pytest.mark.parametrize("flaw", ["", 'x"y\n'], ids=["well-formed", "malformed"])
@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "utf-16"])
def test_nul_bytes_are_refused_naming_the_row_and_column(codec: str, flaw: str) -> None:
    text = f'a,Name\n{flaw}"1\n",é\n2,x\0y\n'
    refusal = refused(text.encode(codec), read_block_bytes=6)
    assert refusal.code == "NUL_BYTES"
    assert f'row {3 if flaw else 2}, column "Name"' in refusal.message


@pytest.mark.parametrize("encoding", ["klingon", "", "base64", "rot13", "idna", "utf-8\0", "ü"])
def test_an_unknown_encoding_is_refused(encoding: str) -> None:
    refusal = refused(b"a,b\n1,2\n", options=options(encoding))
    assert refusal.code == "INVALID_OPTIONS"
    assert "utf-8" in refusal.message


def test_a_byte_order_mark_that_contradicts_the_named_encoding_is_refused() -> None:
    refusal = refused(TEXT.encode("utf-16"), options=options("utf-8"))
    assert refusal.code == "WRONG_ENCODING"
    assert "byte order mark of UTF-16-LE" in refusal.message


def test_scannable_are_the_encodings_in_which_ascii_bytes_are_only_ever_themselves() -> None:
    scannable = {"utf-8", "utf-16-be", "cp1250", "koi8-r", "mac-roman", "ascii"}
    rewritten = {"utf-32-le", "shift_jis", "gb18030", "big5", "euc_jp", "cp037", "utf-7"}
    assert all(is_scannable(codec_named(name)) for name in scannable)
    assert not any(is_scannable(codec_named(name)) for name in rewritten)
    assert undefined_bytes("cp1252") == b"\x81\x8d\x8f\x90\x9d"


def test_the_beginning_of_a_text_may_end_inside_a_character() -> None:
    assert guess_from_head("aé".encode()[:2], whole=False) == "utf-8"
    assert guess_from_head("aé".encode()[:2], whole=True) == "cp1252"


def test_few_zeros_are_no_utf_16() -> None:
    assert text_start(b"a,b\n1,\x002\n" + b"3,4\n" * 50, None).encoding is None
