"""Run every judge: `python -m infra.checks`. Ends with 1 when one of them found something.

A judge that could not look says why; that is no finding, since it needs a program that not every
machine has.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Sequence

from infra.checks import (
    asl_validator,
    call_parameters,
    checkov,
    concurrency,
    documentdb,
    graph,
    linting,
    permissions,
    quotas,
)
from infra.checks.template import read_template
from infra.checks.verdicts import Verdict


def judges() -> list[Callable[[], Verdict]]:
    template = read_template()
    return [
        linting.judge_with_cfn_lint,
        lambda: linting.judge_with_sam(template),
        lambda: graph.judge(template),
        lambda: asl_validator.judge(template),
        call_parameters.judge,
        lambda: permissions.judge(template),
        documentdb.judge,
        lambda: quotas.judge(template),
        lambda: concurrency.judge(template),
        checkov.judge,
    ]


def table(verdicts: Sequence[Verdict]) -> str:
    rows = [("judge", "looked at", "findings")]
    rows += [(v.judge, v.looked_at, _result(v)) for v in verdicts]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}" for a, b, c in rows]
    for verdict in verdicts:
        if verdict.skipped:
            lines += ["", f"{verdict.judge} did not look. {verdict.skipped}"]
        if verdict.findings:
            lines += ["", f"{verdict.judge}:", *(f"  {finding}" for finding in verdict.findings)]
    return "\n".join(lines)


def _result(verdict: Verdict) -> str:
    if verdict.skipped:
        return "did not look"
    return str(len(verdict.findings)) if verdict.findings else "none"


def main() -> int:
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    verdicts = [judge() for judge in judges()]
    print(table(verdicts))
    return 1 if any(verdict.findings for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
