"""Every line of a pipeline function names its job, and the attempt once there is one."""

import json

import pytest

from tests.integration.import_machine import ImportMachine, table

GOOD = table(("Name", "Price"), ("Chair", "10"))
BEFORE_THE_ATTEMPT = {"Import message handled"}


def test_each_line_of_an_import_names_job_attempt_and_chunk(
    machine: ImportMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    job = machine.import_file(GOOD)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line[:1] == "{"]
    said = {line["message"] for line in lines}
    assert {"Job opened", "Import planned", "Chunk validated", "Job closed"} <= said
    for line in lines:
        assert line["jobId"] == job.id, line
        if line["message"] not in BEFORE_THE_ATTEMPT:
            assert line["attempt"] == 1, line
        if line["message"] == "Chunk validated":
            assert line["chunk"] == 0
    opened = next(line for line in lines if line["message"] == "Job opened")
    assert opened["executionArn"] == job.execution_arn
