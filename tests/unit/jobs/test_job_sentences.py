import pytest

from core.jobs.sentences import upload_not_received


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (30, "30 seconds"), (60, "1 minute"), (3600, "60 minutes")],
)
def test_the_time_that_a_link_was_valid_is_told_in_its_unit(seconds: int, words: str) -> None:
    assert f"its upload link was valid for {words}." in upload_not_received("a.csv", seconds)
