"""Metrics are lines that CloudWatch understands, and never in the way of the work."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rich.text import Text

from core.jobs.orders import CommitCounts, Usage
from core.jobs.records import JobRecord, JobStatus, JobType
from handlers.job_metrics import values_of
from handlers.metrics import NAMESPACE_VARIABLE, Metric, queue_ages, record, record_spend, unit_of
from infra.local.logs import log_line
from infra.staging import ROOT
from tests.emf import metric_lines

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_line_has_namespace_dimensions_units_and_the_job(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(NAMESPACE_VARIABLE, "ProductPortal/test")

    record("import", {Metric.ROWS: 3, Metric.JOB_SECONDS: 1.5}, jobId="j", attempt=2, code=None)

    (line,) = metric_lines(capsys.readouterr().out)
    assert line.namespace == "ProductPortal/test"
    assert line.dimensions == {"service": "product-portal", "JobType": "import"}
    assert line.values == {"Rows": [3.0], "JobSeconds": [1.5]}
    assert line.units == {"Rows": "Count", "JobSeconds": "Seconds"}
    assert (line.fields["jobId"], line.fields["attempt"], "code" in line.fields) == ("j", 2, False)


@pytest.mark.parametrize("metric", list(Metric))
def test_cloudwatch_knows_every_name_and_unit(
    metric: Metric, capsys: pytest.CaptureFixture[str]
) -> None:
    record("import", {metric: [0, 2.5]})

    (line,) = metric_lines(capsys.readouterr().out)
    assert line.values == {metric.value: [0.0, 2.5]}
    assert line.units == {metric.value: unit_of(metric).value}


def test_a_value_that_is_no_number_is_logged_and_raises_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    no_number: Any = "many"
    record("import", {Metric.ROWS: no_number})
    assert metric_lines(capsys.readouterr().out) == []


def test_money_is_counted_only_where_the_model_was_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    record_spend(Usage())
    record_spend(Usage(requests=2, input_tokens=30, output_tokens=4, cost_usd=0.25), jobId="j")

    (line,) = metric_lines(capsys.readouterr().out)
    assert line.values == {"ModelRequests": [2.0], "ModelTokens": [34.0], "SpendUsd": [0.25]}


def test_the_age_of_a_message_is_that_of_its_sending() -> None:
    sent = int((NOW - timedelta(seconds=90)).timestamp() * 1000)
    ahead = int((NOW + timedelta(seconds=5)).timestamp() * 1000)
    records = [{"attributes": {"SentTimestamp": str(moment)}} for moment in (sent, ahead)]
    assert list(queue_ages([*records, {"body": "no attributes"}], NOW)) == [90.0, 0.0]


def test_an_approval_counts_what_it_saved() -> None:
    job = JobRecord(
        id="j",
        type=JobType.COMMIT,
        status=JobStatus.COMPLETED_WITH_ISSUES,
        s3_bucket="b",
        s3_key="k",
        original_file_name="f.csv",
        submitted_at=NOW,
        processing_started_at=NOW,
        finished_at=NOW + timedelta(seconds=7),
        updated_at=NOW,
        created_by="a",
        updated_by="a",
        commit_counts=CommitCounts(
            rows=9, created=3, updated=2, unchanged=1, repeated=1, rejected=2
        ),
    )
    assert values_of(job) == {
        Metric.JOBS_COMPLETED_WITH_ISSUES: 1,
        Metric.JOB_SECONDS: 7.0,
        Metric.PRODUCTS_SAVED: 5,
        Metric.PRODUCTS_REJECTED: 2,
    }


def test_make_logs_shows_metrics_as_names_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    record("import", {Metric.ROWS: 1000, Metric.SPEND_USD: 0.00000125})
    shown: Text = log_line("close-job", capsys.readouterr().out)
    assert shown.plain.split() == ["close-job", "METRIC", "Rows=1000", "SpendUsd=1.25e-06"]


def test_the_page_of_metrics_names_each_of_them() -> None:
    page = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    assert [metric.value for metric in Metric if f"`{metric.value}`" not in page] == []
