"""Run every judge: `python -m infra.checks`. Ends with 1 when one of them found something.

A judge that could not look says why; that is no finding, since it needs a program that not every
machine has.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

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
from infra.checks.verdicts import Verdict, table


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


def main() -> int:
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    verdicts = [judge() for judge in judges()]
    print(table(verdicts))
    return 1 if any(verdict.findings for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
