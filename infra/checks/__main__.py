"""Run every check: `python -m infra.checks`. Ends with 1 when one of them found something.

A check that could not run says why; that is no finding, since it needs a program that not every
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
from infra.checks.results import CheckResult, table
from infra.checks.template import read_template


def checks() -> list[Callable[[], CheckResult]]:
    template = read_template()
    return [
        linting.check_with_cfn_lint,
        lambda: linting.check_with_sam(template),
        lambda: graph.check(template),
        lambda: asl_validator.check(template),
        call_parameters.check,
        lambda: permissions.check(template),
        documentdb.check,
        lambda: quotas.check(template),
        lambda: concurrency.check(template),
        checkov.check,
    ]


def main() -> int:
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    results = [check() for check in checks()]
    print(table(results))
    return 1 if any(result.findings for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
