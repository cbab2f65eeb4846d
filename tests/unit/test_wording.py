import pytest

from core.settings import GIB, KIB, MIB
from core.wording import counted, file_too_large, size_in_words, size_over_limit


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows"), (1_000, "1,000 rows")]
)
def test_a_number_of_things_has_its_noun_in_the_right_form(number: int, words: str) -> None:
    assert counted(number, "row") == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1,023 bytes"),
        (KIB, "1 KiB"),
        (1536, "1.5 KiB"),
        (MIB - 1, "1,023.9 KiB"),
        (5 * GIB, "5 GiB"),
        (5 * GIB + 1, "5 GiB"),
        (10 * MIB, "10 MiB"),
    ],
)
def test_sizes_in_words_are_cut_never_rounded_up(size: int, words: str) -> None:
    assert size_in_words(size) == words


@pytest.mark.parametrize(
    ("size", "limit", "words"),
    [
        (5 * GIB + 1, 5 * GIB, "just over 5 GiB"),
        (200 * MIB + MIB // 20, 200 * MIB, "just over 200 MiB"),
        (201 * MIB, 200 * MIB, "201 MiB"),
        (12, 11, "12 bytes"),
    ],
)
def test_a_size_over_its_limit_never_reads_like_the_limit(
    size: int, limit: int, words: str
) -> None:
    assert size_over_limit(size, limit) == words
    assert words != size_in_words(limit)


def test_a_file_just_over_the_limit_is_not_told_the_limits_own_size() -> None:
    assert file_too_large("a.csv", 5 * GIB + 1, 5 * GIB) == (
        "The file “a.csv” is too large (just over 5 GiB): at most 5 GiB can be imported at once. "
        "Split it and upload the parts, or raise MAX_UPLOAD_BYTES."
    )
