"""`make logs JOB=…` of a job whose execution is no longer stored: a sentence, and what is left."""

from __future__ import annotations

import io
from typing import Any

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from infra.client.rest import Rest
from infra.errors import LauncherError
from infra.operations.story import tell
from infra.operations.target import Target

JOB = {
    "_id": "7d1c",
    "type": "import",
    "status": "COMPLETED",
    "message": "2 of 2 rows are valid.",
    "originalFileName": "a.csv",
    "submittedAt": "2026-03-01T10:00:00.000+00:00",
    "finishedAt": "2026-03-01T10:00:02.000+00:00",
    "executionArn": "arn:execution",
}


class Api(Rest):
    def job(self, job_id: str) -> dict[str, Any]:
        return JOB


class Service:
    """Step Functions that refuses with a code, or has no such code; logs that hold nothing."""

    def __init__(self, code: str | None) -> None:
        self._code = code

    def get_paginator(self, call: str) -> Service:
        self._call = call
        return self

    def paginate(self, **_parameters: Any) -> list[dict[str, Any]]:
        if self._call != "get_execution_history":
            return []
        if self._code:
            raise ClientError({"Error": {"Code": self._code, "Message": "x"}}, self._call)
        return [{"events": []}]


def told(code: str | None) -> str:
    console = Console(file=io.StringIO(), width=200)
    target = Target("portal", Api("http://nowhere.invalid"), "q", "d", lambda _name: Service(code))
    assert tell(target, {"JOB": "7d1c"}, console) == 0
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("code", ["ExecutionDoesNotExist", None])
def test_a_lost_execution_is_told_in_a_sentence_before_what_the_record_says(
    code: str | None,
) -> None:
    first, *rest = told(code).splitlines()
    assert "no longer stored" in first
    assert "finished COMPLETED" in rest[-1]


def test_another_refusal_is_no_loss() -> None:
    with pytest.raises(LauncherError, match="AccessDenied"):
        told("AccessDenied")
