"""Checks: cfn-lint, and the SAM translator. Both know AWS's own specification of resources."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.checks.results import CheckResult
from infra.checks.template import TranslationFailed, all_templates, translate


def check_with_cfn_lint(*paths: Path) -> CheckResult:
    paths = paths or tuple(all_templates())
    cfn_lint = Path(sys.executable).parent / "cfn-lint"
    done = subprocess.run(
        [str(cfn_lint), "--format", "json", "--regions", "eu-central-1", "--", *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
    )
    matches = json.loads(done.stdout or "[]")
    findings = tuple(
        f"{Path(match['Filename']).name}, line {match['Location']['Start']['LineNumber']}: "
        f"{match['Rule']['Id']} {match['Message']}"
        for match in matches
    )
    if done.returncode and not findings:
        findings = (f"cfn-lint ended with {done.returncode}: {done.stderr.strip()[-300:]}",)
    return CheckResult("cfn-lint", f"{len(paths)} templates", findings)


def check_with_sam(template: Mapping[str, Any]) -> CheckResult:
    try:
        translated = translate(dict(template))
    except TranslationFailed as error:
        return CheckResult("SAM translator", "the template", tuple(str(error).splitlines()))
    count = len(translated["Resources"])
    return CheckResult("SAM translator", f"{count} resources in the translated template")
