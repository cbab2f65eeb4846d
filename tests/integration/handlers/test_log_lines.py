"""Every line of a pipeline function names its job, and the attempt once there is one."""

import io
import json
import logging

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from tests.integration.import_machine import ImportMachine, table

GOOD = table(("Name", "Price"), ("Chair", "10"))
BEFORE_THE_ATTEMPT = {"Import message handled"}


@pytest.fixture
def written(machine: ImportMachine, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the functions log. Their loggers hold the stream of the moment they were imported, so
    they are imported here, by an import of a file, before their stream is replaced."""
    machine.import_file(GOOD)
    stream = io.StringIO()
    for name in logging.root.manager.loggerDict:
        for handler in logging.getLogger(name).handlers:
            if isinstance(handler, logging.StreamHandler) and isinstance(
                handler.formatter, LambdaPowertoolsFormatter
            ):
                monkeypatch.setattr(handler, "stream", stream)
    return stream


def test_each_line_of_an_import_names_job_attempt_and_chunk(
    machine: ImportMachine, written: io.StringIO
) -> None:
    job = machine.import_file(GOOD)

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    said = {line["message"] for line in lines}
    assert {"Job opened", "Import planned", "Chunk validated", "Import closed"} <= said
    for line in lines:
        assert line["jobId"] == job.id, line
        if line["message"] not in BEFORE_THE_ATTEMPT:
            assert line["attempt"] == 1, line
        if line["message"] == "Chunk validated":
            assert line["chunk"] == 0
    opened = next(line for line in lines if line["message"] == "Job opened")
    assert opened["executionArn"] == job.execution_arn
