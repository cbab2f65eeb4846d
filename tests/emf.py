"""Lines of metrics in CloudWatch's embedded metric format, checked as its specification says.

Source: Amazon CloudWatch user guide, "Specification: Embedded metric format".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit

MAX_DIMENSIONS = 30
MAX_METRICS = 100
MAX_VALUES = 100
UNITS = {unit.value for unit in MetricUnit}


@dataclass(frozen=True, slots=True)
class MetricLine:
    fields: dict[str, Any]
    namespace: str
    dimensions: dict[str, str]
    values: dict[str, list[float]]
    units: dict[str, str]


def metric_lines(output: str) -> list[MetricLine]:
    """The lines of metrics in what a function wrote; fails for one that CloudWatch would drop."""
    lines = [line for line in output.splitlines() if line.startswith("{") and '"_aws"' in line]
    return [_read(json.loads(line)) for line in lines]


def _read(fields: dict[str, Any]) -> MetricLine:
    about = fields["_aws"]
    assert isinstance(about["Timestamp"], int)
    (directive,) = about["CloudWatchMetrics"]
    assert 1 <= len(directive["Namespace"]) <= 255
    (names,) = directive["Dimensions"]
    assert len(names) <= MAX_DIMENSIONS
    assert all(isinstance(fields[name], str) and fields[name] for name in names)
    metrics = directive["Metrics"]
    assert 1 <= len(metrics) <= MAX_METRICS
    assert all(metric["Unit"] in UNITS for metric in metrics)
    values = {metric["Name"]: fields[metric["Name"]] for metric in metrics}
    for each in values.values():
        assert 1 <= len(each) <= MAX_VALUES
        assert all(isinstance(value, float | int) for value in each)
    return MetricLine(
        fields=fields,
        namespace=directive["Namespace"],
        dimensions={name: fields[name] for name in names},
        values=values,
        units={metric["Name"]: metric["Unit"] for metric in metrics},
    )
