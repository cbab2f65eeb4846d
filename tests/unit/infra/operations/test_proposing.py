"""`make attributes`: the calls that its variables become, and what it prints."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from infra.client.rest import Rest
from infra.errors import LauncherError
from infra.operations.proposing import propose
from infra.operations.target import Target

FOUND: dict[str, Any] = {
    "rows": 3,
    "truncated": False,
    "leftOut": [],
    "proposals": [
        {
            "header": "Stock",
            "attribute": {"name": "Stock", "type": "single_select", "options": ["1", "~40"]},
            "confidence": 0.7,
            "reason": "3 cells have 2 different texts.",
            "evidence": {"cells": 3},
        }
    ],
}


class FakeRest:
    """Answers as the API does, and remembers the calls."""

    def __init__(self, accepted: dict[str, Any]) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self._accepted = accepted

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        self.calls.append((method, path, body))
        if path == "/attributes/proposals":
            return {"jobId": "p-1"}
        return self._accepted if path.endswith("/accept") else FOUND

    def job(self, job_id: str) -> dict[str, Any]:
        return {
            "_id": job_id,
            "status": "COMPLETED",
            "message": "3 of 3 rows are valid.",
            "counts": {"validRows": 3},
        }


def run(environment: dict[str, str], **accepted: Any) -> tuple[int, str, list[Any]]:
    rest = FakeRest(accepted)
    target = Target("stack", cast("Rest", rest), "", "", lambda service: None, " STAGE=prod")
    console = Console(file=io.StringIO(), width=160)
    code = propose(target, environment, console)
    return code, cast("io.StringIO", console.file).getvalue(), rest.calls


def test_without_accept_the_proposals_are_shown_and_nothing_is_created() -> None:
    code, printed, calls = run({"JOB": "i-1"})

    assert code == 0
    assert [path for _, path, _ in calls] == ["/attributes/proposals", "/attributes/proposals/p-1"]
    assert "[1, ~40]" in printed, "brackets are no markup"
    assert "make attributes JOB=i-1 ACCEPT=1 STAGE=prod" in printed


@pytest.mark.parametrize(("started", "code"), [(True, 0), (False, 1)])
def test_with_accept_the_file_is_judged_unless_something_was_refused(
    started: bool, code: int
) -> None:
    refused = {"name": "Stock", "outcome": "refused", "message": "“min” is too large."}
    again = {"started": started, "jobId": "i-1", "attempt": 2, "message": "As attempt 2."}

    ended, printed, calls = run(
        {"JOB": "i-1", "ACCEPT": "1"},
        attributes=[] if started else [refused],
        message="1 attribute created.",
        reprocess=again,
    )

    assert ended == code
    assert calls[-1] == ("POST", "/attributes/proposals/p-1/accept", {})
    assert ("3 of 3 rows are valid." in printed) == started
    assert ("“min” is too large." in printed) != started


def test_a_file_has_to_be_named(tmp_path: Path) -> None:
    with pytest.raises(LauncherError, match="Name a file"):
        run({})
    with pytest.raises(LauncherError, match="There is no file"):
        run({"FROM": str(tmp_path / "none.csv")})


def test_an_import_without_a_valid_row_is_offered_a_mapping_and_no_approval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    job = {"_id": "i-1", "status": "COMPLETED_WITH_ISSUES", "message": "0 of 3 rows are valid."}
    monkeypatch.setattr(FakeRest, "job", lambda self, job_id: {**job, "counts": {"validRows": 0}})
    again = {"started": True, "jobId": "i-1", "attempt": 2, "message": "As attempt 2."}

    ended, printed, _ = run(
        {"JOB": "i-1", "ACCEPT": "1"}, attributes=[], message="Done.", reprocess=again
    )

    assert ended == 1
    assert "make mapping JOB=i-1 STAGE=prod" in printed
    assert "make approve" not in printed
