"""Check: checkov, the security rules for templates. It runs in an environment of its own, since it
pins older versions of what we use. What a rule asks for and we do not do has a written reason."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path

from infra.checks.results import CheckResult
from infra.checks.template import all_templates
from infra.staging import ROOT

CHECK = "checkov"
ENVIRONMENT = ROOT / ".venv-checks"

EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("CKV_AWS_18", "*Bucket"): (
        "S3 access logs go to a further bucket without end. Who did what is in the log of the API; "
        "CloudTrail's data events can be turned on for an account that must record reads."
    ),
    ("CKV_AWS_21", "ResultsBucket"): (
        "Results are made from the uploaded file, whose versions are kept, and each attempt writes "
        "under keys of its own. Versions would double the cost of what can be made again."
    ),
    ("CKV_AWS_27", "*Queue"): (
        "All queues are encrypted with SQS's own keys (SqsManagedSseEnabled), which this rule "
        "does not accept. A KMS key would cost per message, and EventBridge would need a grant."
    ),
    ("CKV_AWS_158", "*LogGroup"): (
        "CloudWatch encrypts all logs with keys of its own. They hold ids, counts and codes; no "
        "product data and no secret."
    ),
    ("CKV_AWS_173", "*Function"): (
        "Lambda encrypts variables with a key of its own. They say where a secret is, and never "
        "what it is (a test holds that)."
    ),
    ("CKV_AWS_115", "*Function"): (
        "Lambda refuses to reserve when fewer than 100 executions would remain unreserved, and a "
        "new account may have 10. ChunkReservedConcurrency caps the chunk tasks where there is "
        "room; the Maps and the queue's mapping bound the others."
    ),
    ("CKV_AWS_116", "*Function"): (
        "Only events without an answer need a dead letter: the sweep and the creation of indexes "
        "have it. The machines catch every failure, and the import queue has a queue of its own."
    ),
    ("CKV_AWS_117", "*Function"): (
        "The functions without a database stay outside the VPC on purpose: column work needs S3 "
        "alone, and the provider of a model could not be reached from inside."
    ),
    ("CKV_AWS_192", "CallsOfOneAddress"): (
        "Log4j is a library for Java, and no Java runs here. The rule would have a monthly price."
    ),
    ("CKV_AWS_26", "AlarmTopic"): (
        "CloudWatch cannot publish to a topic that is encrypted with the key of SNS. What goes "
        "through it is the text of the alarms, which is in this template."
    ),
    (
        "CKV_AWS_73",
        "Api",
    ): "Tracing is on for every stage but local; the rule does not read Fn::If.",
    ("CKV_AWS_120", "Api"): (
        "Answers change with every write, and a person who has just saved must see it. A cache "
        "would also cost by the hour."
    ),
    ("CKV_AWS_76", "Api"): "Access logs cost by the request, so they are the operator's choice.",
}
"""Rule and logical names (with wildcards) → why the rule does not hold here."""


def check(environment: Path = ENVIRONMENT) -> CheckResult:
    program = environment / "bin" / "checkov"
    if not program.exists():
        return CheckResult(
            CHECK, "nothing", skipped=f"It is not installed in {environment.name}: make check-aws."
        )
    done = subprocess.run(
        [
            *(
                str(environment / "bin" / "python"),
                str(program),
                "--file",
                *map(str, all_templates()),
            ),
            *("--framework", "cloudformation", "--skip-download", "--quiet", "--compact"),
            *("--output", "json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report = json.loads(done.stdout)
    except ValueError:
        return CheckResult(
            CHECK, "the templates", (f"it gave no report: {done.stderr.strip()[-300:]}",)
        )
    if "results" not in report:
        return CheckResult(CHECK, "the templates", ("it found no resource to look at",))
    failed = [
        (check["check_id"], check["resource"].rpartition(".")[2], check["check_name"])
        for check in report["results"]["failed_checks"]
    ]
    checked = report["summary"]["passed"] + len(failed)
    excused = f"{len(EXCEPTIONS)} exceptions with a reason"
    return CheckResult(CHECK, f"{checked} checks, {excused}", tuple(unexcused(failed, EXCEPTIONS)))


def unexcused(
    failed: Iterable[tuple[str, str, str]], exceptions: Mapping[tuple[str, str], str]
) -> list[str]:
    """What no exception covers, and the exceptions that cover nothing any more. `failed` has rule,
    logical name and the rule in words."""
    unused = set(exceptions)
    found = []
    for rule, resource, reason in failed:
        covering = {e for e in exceptions if e[0] == rule and fnmatchcase(resource, e[1])}
        unused -= covering
        if not covering:
            found.append(f"{resource}: {rule} {reason}")
    return found + [f"the exception for {r} of {n} covers nothing" for r, n in sorted(unused)]
