"""The checks of an encoding agree with the codec itself, however the text is cut."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.imports.text import checks as text_checks
from core.imports.text.checks import DetectingCheck, MultiByteCheck, TextCheck

PIECES = ("a", "\n", "é", "€", "😀")


def damaged_texts(codec: str) -> st.SearchStrategy[bytes]:
    """Text in which, perhaps, some bytes are not of it."""
    texts = st.text(st.sampled_from(PIECES), max_size=40).map(lambda text: text.encode(codec))
    junk = st.binary(max_size=2)
    return st.tuples(texts, junk, texts).map(b"".join)


def fed(check: TextCheck, data: bytes, piece: int) -> TextCheck:
    for start in range(0, len(data), piece):
        check.feed(data[start : start + piece])
    check.finish()
    return check


def first_bad_byte(data: bytes, codec: str) -> int | None:
    try:
        data.decode(codec)
    except UnicodeDecodeError as error:
        return error.start
    return None


@pytest.fixture(params=["fast", "by the codec"], autouse=True, scope="module")
def look(request: pytest.FixtureRequest) -> object:
    """Every text, or none, is long enough for the fast look."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_checks, "WORTH_A_LOOK_BYTES", 1 if request.param == "fast" else 1 << 30)
        yield


@given(data=damaged_texts("utf-8"), piece=st.integers(1, 60))
@example(data=b"a\xf0\x9f\x98", piece=2)  # ends within a code
@example(data=b"\xed\xa0\x80", piece=3)  # a surrogate
@example(data=b"a\x80\x80\x80\x80\x80", piece=9)
def test_the_first_byte_that_is_not_utf_8_is_where_the_codec_finds_it(
    data: bytes, piece: int
) -> None:
    assert fed(MultiByteCheck("utf-8"), data, piece).bad_at == first_bad_byte(data, "utf-8")


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
@given(data=damaged_texts("utf-16-le"), units=st.integers(1, 30))
def test_halves_of_a_utf_16_code_are_found(codec: str, data: bytes, units: int) -> None:
    data = data[: len(data) // 2 * 2]
    assert fed(MultiByteCheck(codec), data, units * 2).bad_at == first_bad_byte(data, codec)


@given(text=st.text(st.sampled_from(PIECES), max_size=40), piece=st.integers(1, 60))
def test_valid_utf_8_is_detected_however_it_is_cut(text: str, piece: int) -> None:
    check = DetectingCheck(lambda size: [text.encode()[:size]])
    fed(check, text.encode(), piece)
    assert (check.encoding, check.bad_at) == ("utf-8", None)


@given(word=st.text("abÄÖü", min_size=1, max_size=20), piece=st.integers(1, 60))
def test_single_bytes_that_are_no_utf_8_are_detected_however_they_are_cut(
    word: str, piece: int
) -> None:
    data = (word + "Ä ").encode("cp1252")
    check = DetectingCheck(lambda size: [data[:size]])
    fed(check, data, piece)
    assert check.encoding == "cp1252"


@given(data=damaged_texts("utf-8"), piece=st.integers(1, 60), again=st.integers(1, 60))
@example(data="é".encode() * 40 + b"\x81", piece=7, again=3)
def test_what_was_fed_before_the_first_bad_byte_is_weighed_as_if_all_was_fed_at_once(
    data: bytes, piece: int, again: int
) -> None:
    def read_again(size: int) -> list[bytes]:
        return [data[start : min(start + again, size)] for start in range(0, size, again)]

    whole = DetectingCheck(lambda size: [data[:size]])
    pieces = DetectingCheck(read_again)
    fed(whole, data, max(1, len(data)))
    fed(pieces, data, piece)
    assert (pieces.encoding, pieces.bad_at) == (whole.encoding, whole.bad_at)
