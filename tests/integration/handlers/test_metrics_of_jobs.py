"""What an import and its end write for CloudWatch."""

import pytest

from tests.emf import metric_lines
from tests.integration.import_machine import ImportMachine, table

ROWS = table(("Name", "Price"), ("Chair", "10"), ("Table", "x"), ("Lamp", "y"))


def test_an_import_counts_rows_faults_bytes_and_times(
    machine: ImportMachine, capsys: pytest.CaptureFixture[str]
) -> None:
    job = machine.import_file(ROWS)

    lines = metric_lines(capsys.readouterr().out)
    values = {name: value for line in lines for name, value in line.values.items()}
    assert values.keys() >= {"JobSeconds", "ChunkSeconds"}
    assert {name: values.get(name) for name in ("Rows", "ValidRows", "InvalidRows", "Faults")} == {
        "Rows": [3],
        "ValidRows": [1],
        "InvalidRows": [2],
        "Faults": [2],
    }
    assert values["FileBytes"] == [len(ROWS)]
    assert values["JobsCompletedWithIssues"] == [1]
    assert {line.dimensions["JobType"] for line in lines} == {"import"}
    assert {line.fields["jobId"] for line in lines if "QueueAgeSeconds" not in line.values} == {
        job.id
    }


@pytest.mark.parametrize("way", ["refused", "failed"])
def test_a_job_that_fails_is_counted_whichever_state_ends_it(
    machine: ImportMachine, capsys: pytest.CaptureFixture[str], way: str
) -> None:
    if way == "failed":
        machine.fail("plan_chunks")
    job = machine.import_file(b"\x00\x01\x02\x00" * 50 if way == "refused" else ROWS)

    lines = metric_lines(capsys.readouterr().out)
    (end,) = [line for line in lines if "JobsFailed" in line.values]
    assert end.values["JobsFailed"] == [1]
    assert (end.fields["jobId"], end.fields["code"]) == (job.id, job.error_code)
