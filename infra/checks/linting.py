"""Judges: cfn-lint, and the SAM translator. Both know AWS's own specification of resources."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.checks.template import TranslationFailed, all_templates, translate
from infra.checks.verdicts import Verdict


def judge_with_cfn_lint(*paths: Path) -> Verdict:
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
    return Verdict("cfn-lint", f"{len(paths)} templates", findings)


def judge_with_sam(template: Mapping[str, Any]) -> Verdict:
    try:
        translated = translate(dict(template))
    except TranslationFailed as error:
        return Verdict("SAM translator", "the template", tuple(str(error).splitlines()))
    count = len(translated["Resources"])
    return Verdict("SAM translator", f"{count} resources in the translated template")
