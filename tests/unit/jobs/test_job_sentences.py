import pytest

from core.jobs.sentences import bytes_in_words, file_too_large
from core.settings import GIB, KIB, MIB


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1023, "1023 bytes"),
        (KIB, "1 KiB"),
        (1536, "1.5 KiB"),
        (MIB - 1, "1023.9 KiB"),
        (5 * GIB, "5 GiB"),
        (5 * GIB + 1, "5 GiB"),
        (10 * MIB, "10 MiB"),
    ],
)
def test_sizes_in_words_are_cut_never_rounded_up(size: int, words: str) -> None:
    assert bytes_in_words(size) == words


def test_a_file_just_over_the_limit_is_not_told_the_limits_own_size() -> None:
    sentence = file_too_large("a.csv", 5 * GIB + 1, 5 * GIB)

    assert "(5368709121 bytes, just over the limit)" in sentence
    assert "at most 5 GiB" in sentence
