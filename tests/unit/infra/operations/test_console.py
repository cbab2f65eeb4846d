"""The console of the local stack: what it may know, and what it says when it cannot open."""

from pathlib import Path

import pytest

from infra.operations.__main__ import main
from infra.operations.console import settings


def test_the_page_knows_the_local_engine_and_no_account() -> None:
    given = {"PATH": "/bin", "AWS_PROFILE": "company", "AWS_SECRET_ACCESS_KEY": "real"}

    reported = settings(given, "http://127.0.0.1:24566", "us-east-1", Path("/state"))

    assert reported["STACKPORT_ENDPOINTS"] == "local=http://127.0.0.1:24566"
    assert reported["AWS_ENDPOINT_URL"] == "http://127.0.0.1:24566"
    assert (reported["AWS_SECRET_ACCESS_KEY"], "AWS_PROFILE" in reported) == ("test", False)
    assert reported["STACKPORT_DATA_DIR"] == str(Path("/state/console"))
    assert reported["PATH"] == "/bin"


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [({"STAGE": "prod"}, "Amazon's"), ({}, "No stack is running")],
)
def test_it_says_why_it_does_not_open(
    environment: dict[str, str],
    sentence: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["console"], {**environment, "LOCAL_STATE": str(tmp_path)}) == 1
    assert sentence in capsys.readouterr().err
