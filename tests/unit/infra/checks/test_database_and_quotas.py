"""Operators that DocumentDB lacks, sizes over a limit, rules without a reason: each planted."""

from __future__ import annotations

import ast
import copy
from pathlib import Path
from typing import Any

import pytest

from infra.checks import checkov, documentdb, linting, quotas
from infra.checks.limits import LIMITS
from infra.checks.machines import Machine, machines_of
from infra.checks.results import CheckResult, table
from infra.checks.template import TEMPLATE_PATH, read_template

TEMPLATE = read_template()


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ('db.find({"name": {"$near": 1}})', "DocumentDB 5.0 has no $near"),
        ('db.aggregate([{"$facet": {}}])', "DocumentDB 5.0 has no $facet"),
        ('db.find({}, collation={"locale": "de"})', "DocumentDB 5.0 has no collation"),
        ('db.find({}).hint("by_name")', "takes a key pattern alone"),
        ('db.find_one({}, hint="by_name")', "takes a key pattern alone"),
        ('db.update_one({}, [{"$set": {"a": 1}}])', "updates by a pipeline"),
        ('db.create_index([("a", "hashed")])', "an index of kind hashed"),
    ],
)
def test_what_documentdb_lacks_is_found_in_the_code(
    tmp_path: Path, line: str, finding: str
) -> None:
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "queries.py").write_text(f'db.find({{"$or": []}})\n{line}\n')

    (found,) = documentdb.check(tmp_path).findings

    assert found.startswith("core/queries.py:2: ")
    assert finding in found


@pytest.mark.parametrize(
    ("command", "finding"),
    [
        ({"find": "a", "filter": {"x": {"$text": 1}}}, None),
        ({"find": "a", "filter": {"x": {"$eq": {"$near": 1}}}}, None),
        ({"find": "a", "filter": {"x": {"$near": 1}}}, "find uses $near"),
        (
            {"find": "a", "filter": {}, "collation": {"locale": "de"}},
            "the option collation",
        ),
        (
            {"update": "a", "updates": [{"q": {}, "u": [{"$set": {}}]}]},
            "updates by a pipeline",
        ),
        ({"update": "a", "updates": [{"q": {}, "u": {"$set": {"$x": 1}}}]}, None),
        ({"aggregate": "a", "pipeline": [{"$unset": "b"}]}, "aggregate uses $unset"),
        ({"insert": "a", "txnNumber": 1}, "insert is a retryable write"),
        ({"find": "a", "readConcern": {"level": "linearizable"}}, "find has the read concern"),
        ({"createIndexes": "a", "indexes": [{"key": {"$**": 1}}]}, "DocumentDB 5.0 has no index"),
        (
            {"createIndexes": "a", "indexes": [{"key": {"b": 1}, "hidden": True}]},
            "no option hidden",
        ),
    ],
)
def test_what_documentdb_lacks_is_found_in_a_command(
    command: dict[str, Any], finding: str | None
) -> None:
    faults = list(documentdb.faults_of_command(next(iter(command)), command))

    assert len(faults) == (finding is not None)
    assert finding is None or finding in faults[0]


def test_a_package_over_the_limit_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("code", "layers/columns/python"):
        (tmp_path / name).mkdir(parents=True)
    with (tmp_path / "layers" / "columns" / "python" / "large.so").open("wb") as file:
        file.truncate(LIMITS["package of a function with its layers"].most)
    assert quotas.over(quotas.packages(tmp_path)) == []

    (tmp_path / "code" / "one.py").write_text("1")

    (finding,) = quotas.over(quotas.packages(tmp_path))
    assert finding.startswith("layer columns with the code: 262144001 bytes")


def test_an_environment_over_the_limit_is_found() -> None:
    template = copy.deepcopy(TEMPLATE)
    variables = template["Globals"]["Function"]["Environment"]["Variables"]
    variables |= {f"SETTING_{n}": {"Ref": "OpenaiBaseUrl"} for n in range(20)}

    findings = quotas.over(quotas.functions(template))

    assert findings and all("environment" in finding for finding in findings)
    assert quotas.over(quotas.functions(TEMPLATE)) == []


def test_a_policy_over_the_limit_is_found() -> None:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "a" * 10_240}
    role = {"Type": "AWS::IAM::Role", "Properties": {}}
    role["Properties"] = {"Policies": [{"PolicyDocument": {"Statement": [statement]}}]}

    (finding,) = quotas.over(quotas.roles({"Resources": {"Any": role}}, TEMPLATE))

    assert finding.startswith("Any, inline policies: 10")


@pytest.mark.parametrize("most", [None, 900])
def test_a_legal_parameter_that_breaks_the_quota_of_events_is_found(most: int | None) -> None:
    """900 waits for a provider, as was once allowed; each is a turn in the history."""
    template = copy.deepcopy(TEMPLATE)
    waits = template["Parameters"]["EnrichmentMaxWaits"]
    waits.pop("MaxValue")
    waits |= {"MaxValue": most} if most else {}
    machines = machines_of(template)

    findings = quotas.over(quotas.histories(machines, template))

    assert findings and all(f.startswith("ProductEnrich, history") for f in findings)
    assert quotas.over(quotas.histories(machines, TEMPLATE)) == []


def test_more_retries_than_a_history_bears_are_found() -> None:
    commit = next(m for m in machines_of(TEMPLATE) if m.name == "ProductCommit")
    retried = Machine(commit.name, commit.text.replace('"MaxAttempts": 8', '"MaxAttempts": 80'), {})

    assert quotas.over(quotas.histories([retried], TEMPLATE))


@pytest.mark.parametrize("name", sorted(quotas.PARAMETERS))
def test_a_parameter_without_an_upper_bound_is_found(name: str) -> None:
    template = copy.deepcopy(TEMPLATE)
    del template["Parameters"][name]["MaxValue"]

    (finding,) = quotas.unbounded(template)

    assert finding.startswith(f"{name} may be any number")


def test_a_rule_without_a_reason_is_found_and_a_reason_without_a_rule() -> None:
    exceptions = {("CKV_1", "*Bucket"): "because", ("CKV_2", "Queue"): "because"}
    failed = [("CKV_1", "UploadsBucket", "a rule"), ("CKV_1", "Queue", "a rule")]

    assert checkov.unexcused(failed, exceptions) == [
        "Queue: CKV_1 a rule",
        "the exception for CKV_2 of Queue covers nothing",
    ]
    assert all(len(reason) > 40 for reason in checkov.EXCEPTIONS.values())


def test_without_its_environment_checkov_says_so(tmp_path: Path) -> None:
    assert "not installed" in checkov.check(environment=tmp_path).skipped


@pytest.mark.slow
def test_a_property_that_cloudformation_does_not_know_is_found(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    text = TEMPLATE_PATH.read_text(encoding="utf-8")
    path.write_text(text.replace("SqsManagedSseEnabled", "SqsManagedEnabled", 1), encoding="utf-8")

    findings = linting.check_with_cfn_lint(path).findings

    assert any("E3002" in f and "SqsManagedEnabled" in f for f in findings)


def test_what_sam_cannot_translate_is_found() -> None:
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["OpenJobFunction"]["Properties"]["AutoPublishAlias"] = {"Ref": "Nothing"}

    (finding,) = linting.check_with_sam(template).findings

    assert "OpenJobFunction" in finding


def test_the_table_names_every_check_and_lists_what_was_found() -> None:
    printed = table(
        [
            CheckResult("one", "2 things"),
            CheckResult("two", "3 things", ("the first is wrong",)),
            CheckResult("three", "nothing", skipped="It is not installed."),
        ]
    )

    assert printed.splitlines() == [
        "check  examined  findings",
        "one    2 things  none",
        "two    3 things  1",
        "three  nothing   skipped",
        "",
        "two:",
        "  the first is wrong",
        "",
        "three was skipped. It is not installed.",
    ]


@pytest.mark.parametrize(
    ("call", "finding"),
    [
        ("MongoClient(uri, retryWrites=True)", "DocumentDB 5.0 has no retryable writes"),
        ("MongoClient(uri, retryWrites=False)", None),
        (
            'ReadConcern("linearizable")',
            "DocumentDB 5.0 does not have the read concern linearizable",
        ),
        ('ReadConcern(level="majority")', None),
    ],
)
def test_settings_that_documentdb_does_not_have_are_found(call: str, finding: str | None) -> None:
    node = ast.parse(call, mode="eval").body
    assert isinstance(node, ast.Call)

    assert [*documentdb.faults_of_connection(node)] == ([finding] if finding else [])
