"""`make security`: cfn-lint and checkov on the template, bandit on the code, and the packages that
are locked. Bandit and pip-audit run in the environment of checkov. Each finding that is passed over
has its reason here.

What this cannot see is held by tests: no secret in any log (`tests/e2e/test_login_over_http.py`),
and the permissions of every route (the same, and `tests/unit/identity/`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.checks import checkov, linting
from infra.checks.checkov import ENVIRONMENT, unexcused
from infra.checks.results import CheckResult, table
from infra.staging import ROOT

CODE = ("core", "handlers", "infra")
LOCKS = ("catalogue", "columns", "enrichment", "identity", "service")
"""What runs on AWS."""

EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("B311", "core/*"): (
        "`random` spreads waits and draws samples. Secrets are made by `secrets`, ids by `uuid`."
    ),
    ("B406", "core/imports/workbooks/*"): (
        "`escape` and `quoteattr` from there parse nothing. Workbooks are parsed by expat, "
        "without entities (core/imports/workbooks/safety.py)."
    ),
    ("B404", "infra/*"): "Programs are started as lists of our own words, without a shell.",
    ("B603", "infra/*"): "As for B404.",
    ("B607", "infra/local/processes.py"): "`ps` of the machine that the local stack runs on.",
    ("B607", "infra/package.py"): "The pyenv of whoever builds the package, if there is one.",
    ("B105", "infra/local/engines.py"): "The login of the local engine, which is open on loopback.",
}
"""Rule and file (with wildcards) → why the rule does not hold here."""

AWAY = (
    "The database of vulnerabilities cannot be reached from here: pip-audit found none of {count} "
    "packages in it. Run `make security` where pypi.org answers."
)


def check_code(root: Path = ROOT, environment: Path = ENVIRONMENT) -> CheckResult:
    program = environment / "bin" / "bandit"
    if not program.exists():
        return _missing("bandit", environment)
    done = _run([str(program), "--quiet", "--recursive", *CODE, "--format", "json"], root)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return CheckResult(
            "bandit", "nothing", (f"it gave no report: {done.stderr.strip()[-300:]}",)
        )
    failed = [
        (
            found["test_id"],
            str(Path(found["filename"])),
            f"line {found['line_number']}: {found['issue_text']}",
        )
        for found in report["results"]
    ]
    lines = report["metrics"]["_totals"]["loc"]
    broken = [f"{error['filename']}: {error['reason']}" for error in report["errors"]]
    examined = f"{lines:,} lines, {len(EXCEPTIONS)} exceptions with a reason"
    return CheckResult("bandit", examined, (*unexcused(failed, EXCEPTIONS), *broken))


def check_packages(root: Path = ROOT, environment: Path = ENVIRONMENT) -> CheckResult:
    program = environment / "bin" / "pip-audit"
    if not program.exists():
        return _missing("pip-audit", environment)
    locks = [part for name in LOCKS for part in ("-r", f"requirements/{name}.txt")]
    options = ("--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off")
    done = _run([str(program), *locks, *options], root)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:300]
        return CheckResult("pip-audit", "nothing", skipped=f"It gave no report: {reason}")
    return audited(packages)


def audited(packages: list[dict[str, Any]]) -> CheckResult:
    """The result for the packages of a report of pip-audit."""
    known = [package for package in packages if "skip_reason" not in package]
    examined = f"{len(known)} of {len(packages)} packages"
    if not known:
        return CheckResult("pip-audit", examined, skipped=AWAY.format(count=len(packages)))
    findings = [
        f"{package['name']} {package['version']}: {fault['id']}, mended in "
        f"{', '.join(fault['fix_versions']) or 'no version yet'}"
        for package in known
        for fault in package["vulns"]
    ]
    unknown = [f"{p['name']}: {p['skip_reason']}" for p in packages if "skip_reason" in p]
    return CheckResult("pip-audit", examined, (*findings, *unknown))


def _missing(check: str, environment: Path) -> CheckResult:
    reason = f"It is not installed in {environment.name}: make security."
    return CheckResult(check, "nothing", skipped=reason)


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)


def main() -> int:
    checks = (linting.check_with_cfn_lint, checkov.check, check_code, check_packages)
    results = [check() for check in checks]
    print(table(results))
    return 1 if any(result.findings for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
