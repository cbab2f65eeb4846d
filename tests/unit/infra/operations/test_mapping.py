"""`make mapping`: the calls that its variables become, and what it prints and saves."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from infra.client.rest import Rest
from infra.errors import LauncherError
from infra.operations.mapping import propose_mapping
from infra.operations.target import Target

OPTIONS = {"mapping": [{"headers": ["Farbe [hell]"], "attribute": "Color"}]}
PAIR = {"header": "Farbe [hell]", "attribute": "Color", "confidence": 0.95, "reason": "Alike."}
FOUND: dict[str, Any] = {
    "by": "rules",
    "message": "1 column of 2 without an attribute resembles one.",
    "proposals": [PAIR],
    "unmatched": [{"header": "Note", "column": 2, "reason": "The model named none."}],
    "options": OPTIONS,
}


class FakeRest:
    """Answers as the API does, and remembers the calls."""

    def __init__(self, status: str) -> None:
        self.calls: list[tuple[str, str, Any]] = []
        self._status = status

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        self.calls.append((method, path, body))
        return FOUND | (body if path.endswith("mapping-proposal") else {})

    def job(self, job_id: str) -> dict[str, Any]:
        counts = {"validRows": 0 if self._status == "FAILED" else 3}
        return {"_id": job_id, "status": self._status, "message": "Done.", "counts": counts}


def run(status: str = "COMPLETED", **environment: str) -> tuple[int, str, list[Any]]:
    rest = FakeRest(status)
    target = Target("stack", cast("Rest", rest), "", "", lambda service: None, " STAGE=prod")
    console = Console(file=io.StringIO(), width=160)
    code = propose_mapping(target, {"JOB": "i-1", **environment}, console)
    return code, cast("io.StringIO", console.file).getvalue(), rest.calls


def test_by_rules_unless_asked_otherwise_and_nothing_is_applied() -> None:
    code, printed, calls = run()

    assert code == 0
    assert calls == [("POST", "/uploads/i-1/mapping-proposal", {"by": "rules"})]
    assert "Farbe [hell]" in printed, "brackets are no markup"
    assert "Unmatched: Note. The model named none." in printed
    assert "make mapping JOB=i-1 ACCEPT=1 STAGE=prod" in printed


def test_what_a_model_proposed_is_imported_from_the_file_that_was_looked_at() -> None:
    printed = run(BY="model")[1]

    assert "make mapping JOB=i-1 BY=model OUT=options.json STAGE=prod" in printed
    assert "ACCEPT" not in printed, "asked again, it may answer otherwise"


def test_the_options_are_saved_and_replace_no_file_unasked(tmp_path: Path) -> None:
    file = tmp_path / "options.json"
    assert run(BY="model", OUT=str(file))[2][0][2] == {"by": "model"}
    assert json.loads(file.read_text(encoding="utf-8")) == OPTIONS

    with pytest.raises(LauncherError, match="OVERWRITE=1"):
        run(OUT=str(file))
    with pytest.raises(LauncherError, match="no folder"):
        run(OUT=str(tmp_path / "none" / "options.json"))
    assert run(OUT=str(file), OVERWRITE="1")[0] == 0


@pytest.mark.parametrize(("status", "code"), [("COMPLETED", 0), ("FAILED", 1)])
def test_with_accept_the_import_starts_again_with_the_options(status: str, code: int) -> None:
    ended, printed, calls = run(status, ACCEPT="1")

    assert ended == code
    assert calls[1] == ("POST", "/processing-jobs/i-1/reprocess", {"options": OPTIONS})
    assert ("make approve JOB=i-1 STAGE=prod" in printed) == (code == 0)
