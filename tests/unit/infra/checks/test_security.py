"""`make security`: what counts as a finding, and what could not be looked at."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from infra.checks.security import EXCEPTIONS, audited, check_code, check_packages
from infra.staging import ROOT

FAULT = {"id": "PYSEC-1", "fix_versions": ["1.1"]}
UNKNOWN = {"name": "b", "skip_reason": "not found"}


def test_a_package_with_a_known_vulnerability_is_a_finding_with_the_version_that_mends_it() -> None:
    result = audited([{"name": "a", "version": "1.0", "vulns": [FAULT]}, UNKNOWN])

    assert result.findings == ("a 1.0: PYSEC-1, mended in 1.1", "b: not found")
    assert (result.examined, result.skipped) == ("1 of 2 packages", "")


def test_a_database_that_knows_no_package_was_not_reached() -> None:
    result = audited([UNKNOWN])

    assert (result.findings, result.examined) == ((), "0 of 1 packages")
    assert "cannot be reached" in result.skipped


def test_a_program_that_is_missing_is_told_and_is_no_finding(tmp_path: Path) -> None:
    for result in (check_code(environment=tmp_path), check_packages(environment=tmp_path)):
        assert (result.findings, result.examined) == ((), "nothing")
        assert "make security" in result.skipped


@pytest.mark.parametrize(("rule", "files"), EXCEPTIONS)
def test_an_exception_is_for_files_that_exist_and_has_a_reason(rule: str, files: str) -> None:
    paths = [str(p.relative_to(ROOT)) for f in ("core", "infra") for p in (ROOT / f).rglob("*.py")]

    assert any(fnmatchcase(path, files) for path in paths)
    assert EXCEPTIONS[rule, files].endswith(".")
