"""The template agrees with the code, machine and launcher, and grants only what is needed."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import Any

from core.settings import Settings
from infra.checks.template import listed
from infra.local.configuration import LOCAL_DEFAULTS, TEMPLATE_PARAMETERS
from infra.staging import ROOT
from tests.unit.infra.template_kit import (
    COLUMN_FUNCTIONS,
    FUNCTIONS,
    MODEL_FUNCTION,
    RESOURCES,
    TEMPLATE,
    statements_of,
    variables_of,
)

NOT_SETTINGS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"}


def test_every_handler_has_its_function_and_every_function_its_handler() -> None:
    handlers = {
        f"handlers.{path.parent.name}.{path.stem}.handler"
        for folder in (
            *("api", "exports", "identity", "pipeline", "proposals", "restarts", "triggers"),
        )
        for path in (ROOT / "handlers" / folder).glob("*.py")
        if re.search(r"^(def handler\(|handler = )", path.read_text(encoding="utf-8"), re.MULTILINE)
    }

    assert {function["Handler"] for function in FUNCTIONS.values()} == handlers


def test_every_variable_of_a_function_is_a_setting() -> None:
    fields = {field.name.upper() for field in dataclasses.fields(Settings)}
    common = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    names = {*common, *(name for f in FUNCTIONS.values() for name in variables_of(f))}

    assert names - NOT_SETTINGS <= fields


def test_what_a_sentence_or_a_document_tells_people_to_change_can_be_changed_on_aws() -> None:
    """The pace of single steps (`CHUNK_SMALLEST_BYTES` and the like) is documented only."""
    fields = {field.name.upper() for field in dataclasses.fields(Settings)}
    reported = [ROOT / "docs" / "codes.md", ROOT / "docs" / "enrichment.md"]
    reported += [p for p in (ROOT / "core").rglob("*.py") if p.name != "settings.py"]
    named = {
        name
        for path in reported
        for name in re.findall(r"[A-Z]+(?:_[A-Z]+)+", path.read_text("utf-8"))
    }
    common = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    given = {*common, *(name for f in FUNCTIONS.values() for name in variables_of(f))}

    assert {"CURSOR_SECRET", "ENRICHMENT_MAX_OUTPUT_TOKENS", "MAX_COLUMNS"} <= named
    assert fields & named <= given


def test_bedrock_may_be_asked_for_the_named_models_alone() -> None:
    (statement,) = (
        s for s in statements_of(FUNCTIONS[MODEL_FUNCTION]) if s.get("Sid") == "AskBedrock"
    )
    condition, named, otherwise = statement["Resource"]["Fn::If"]

    assert (condition, named) == ("UsesNamedModels", {"Ref": "BedrockModelArns"})
    assert otherwise["Fn::If"][0] == "UsesBedrock"


def test_the_jobs_api_reads_no_work_file_but_those_of_progress_and_of_orders() -> None:
    statements = statements_of(FUNCTIONS["JobsApiFunction"])
    read = {
        resource["Fn::Sub"].partition("/")[2]
        for statement in statements
        if "s3:GetObject" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if resource["Fn::Sub"].startswith("${ResultsBucket")
    }

    work = {f"work/*/{name}.json" for name in ("plan", "again", "order", "report")}
    assert read == work | {"valid-rows/*/parts.json", "results/*", "exports/*"}


def test_parameters_have_the_defaults_of_the_settings() -> None:
    defaults = Settings()
    common = TEMPLATE["Globals"]["Function"]["Environment"]["Variables"]
    given = [
        *common.items(),
        *(item for f in FUNCTIONS.values() for item in variables_of(f).items()),
    ]
    for name, value in given:
        parameter = value.get("Ref") if isinstance(value, dict) else None
        if parameter in TEMPLATE["Parameters"] and name != "STAGE":
            default = TEMPLATE["Parameters"][parameter]["Default"]
            setting = getattr(defaults, name.lower())
            assert type(setting)(default) == setting, name


def test_large_numbers_are_quoted_lest_cloudformation_writes_them_as_1e7() -> None:
    """Java writes a number from 10,000,000 on with an exponent, and CloudFormation does so with
    numbers of a template that become text, as all variables of a function are."""
    assert not [number for number in _numbers(TEMPLATE) if abs(number) >= 10**7]


def _numbers(node: Any) -> Iterator[float]:
    if isinstance(node, dict):
        for value in node.values():
            yield from _numbers(value)
    elif isinstance(node, list):
        for value in node:
            yield from _numbers(value)
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield node


def test_the_launcher_sets_only_parameters_that_exist() -> None:
    named = {*TEMPLATE_PARAMETERS.values(), *LOCAL_DEFAULTS, "Stage", "MongodbUri"}

    assert named <= set(TEMPLATE["Parameters"])


def test_column_work_has_no_database_and_no_network_of_its_own() -> None:
    assert "ValidateChunkFunction" in COLUMN_FUNCTIONS
    for name in (*COLUMN_FUNCTIONS, MODEL_FUNCTION):
        assert not {v for v in variables_of(FUNCTIONS[name]) if v.startswith("MONGODB")}
        assert "VpcConfig" not in FUNCTIONS[name]


def test_one_function_alone_knows_of_the_model_and_may_read_its_key() -> None:
    for name, function in FUNCTIONS.items():
        actions = {a for s in statements_of(function) for a in listed(s["Action"])}
        knows = "ENRICHMENT_SECRET_ARN" in variables_of(function)
        assert knows == (name == MODEL_FUNCTION), name
        own = {a for policy in function.get("Policies", ()) for a in own_actions(policy)}
        assert ("secretsmanager:GetSecretValue" in own) == (name == MODEL_FUNCTION), name
        assert name != MODEL_FUNCTION or actions == own
        assert not {v for v in variables_of(function) if v.endswith("_KEY")}, name


def own_actions(policy: dict[str, Any]) -> set[str]:
    return {a for s in policy.get("Statement", ()) for a in listed(s["Action"])}


def test_the_login_of_the_database_is_named_and_readable_where_the_database_is_and_only_there() -> (
    None
):
    login = {"Ref": "ReadTheLogin"}
    (statement,) = RESOURCES["ReadTheLogin"]["Properties"]["PolicyDocument"]["Statement"]
    with_database = {n for n, f in FUNCTIONS.items() if "MONGODB_DATABASE" in variables_of(f)}

    assert statement["Action"] == "secretsmanager:GetSecretValue"
    made_here = {"Fn::GetAtt": ["Database", "Outputs.SecretArn"]}
    given = {"Ref": "MongodbUriSecretArn"}
    assert statement["Resource"]["Fn::If"][:2] == ["HasOwnDatabase", made_here]
    assert statement["Resource"]["Fn::If"][2]["Fn::If"][:2] == ["HasGivenSecret", given]
    assert "JobsApiFunction" in with_database
    for name, function in FUNCTIONS.items():
        variables = variables_of(function)
        assert (login in function.get("Policies", ())) == (name in with_database), name
        assert ("MONGODB_SECRET_ARN" in variables) == (name in with_database), name
        if name in with_database:
            assert variables["MONGODB_SECRET_ARN"]["Fn::If"] == ["HasOwnDatabase", made_here, given]
            assert variables["MONGODB_URI"]["Fn::If"] == ["HasUriSecret", "", {"Ref": "MongodbUri"}]


def test_no_secret_is_resolved_into_what_the_console_shows() -> None:
    assert "{{resolve:" not in (ROOT / "infra" / "template.yaml").read_text(encoding="utf-8")


def test_no_function_may_do_everything_or_touch_everything() -> None:
    for name, function in FUNCTIONS.items():
        assert "Role" not in function, f"{name} shares a role"
        for statement in statements_of(function):
            assert all("*" not in action for action in listed(statement["Action"])), name
            assert "*" not in listed(statement["Resource"]), name


def test_what_is_kept_is_kept_only_once_it_was_deployed() -> None:
    """What a failed first deployment keeps is an orphan, and its name is taken for the next one.
    The stacks of database and network cannot be deleted then: the cluster is protected."""
    whole = {name for name, r in RESOURCES.items() if r.get("DeletionPolicy") == "Retain"}
    assert whole == {"Database", "Network"}
    kept = {
        name: r
        for name, r in RESOURCES.items()
        if r.get("UpdateReplacePolicy") == "Retain" and name not in whole
    }

    assert set(kept) >= {"UploadsBucket", "ResultsBucket"}
    for name, resource in kept.items():
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name


def test_every_function_keeps_its_logs_for_a_limited_time() -> None:
    for name, function in FUNCTIONS.items():
        group = RESOURCES[function["LoggingConfig"]["LogGroup"]["Ref"]]["Properties"]
        written = function["FunctionName"]["Fn::Sub"]
        assert group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/{written}"}, name
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}


def test_every_path_answers_every_method_through_its_function() -> None:
    routes: dict[str, set[str]] = {}
    for function in FUNCTIONS.values():
        for event in function.get("Events", {}).values():
            if event["Type"] == "Api":
                routes.setdefault(event["Properties"]["Path"], set()).add(
                    event["Properties"]["Method"]
                )

    assert "/{proxy+}" in routes
    for path, methods in routes.items():
        assert methods - {"patch"} == {"get", "post", "put", "delete", "options"}, path


def test_answers_are_compressed_and_bodies_still_reach_the_functions_as_text() -> None:
    api = RESOURCES["Api"]["Properties"]
    assert 0 < api["MinimumCompressionSize"] <= 2_048
    assert "BinaryMediaTypes" not in api  # base64 would leave a call less of Lambda's 6 MB


def test_the_queue_hides_a_message_for_six_times_its_functions_timeout() -> None:
    visible_again = RESOURCES["ImportQueue"]["Properties"]["VisibilityTimeout"]
    timeout = FUNCTIONS["StartImportFunction"].get(
        "Timeout", TEMPLATE["Globals"]["Function"]["Timeout"]
    )

    assert visible_again >= 6 * timeout


def test_every_alarm_says_what_to_do_and_tells_somebody_who_asked_for_it() -> None:
    alarms = {n: r for n, r in RESOURCES.items() if r["Type"] == "AWS::CloudWatch::Alarm"}

    assert len(alarms) == 9
    for name, alarm in {**alarms, "AlarmTopic": RESOURCES["AlarmTopic"]}.items():
        expected = "HasDatabaseAlarms" if name.startswith("Database") else "HasAlarms"
        assert alarm["Condition"] == expected, name
    for name, alarm in alarms.items():
        properties = alarm["Properties"]
        assert re.search(r"Read|Look|Open|Ask", properties["AlarmDescription"]), name
        assert properties["AlarmActions"] == [{"Ref": "AlarmTopic"}], name
        assert properties["TreatMissingData"] == "notBreaching", "a quiet night is no alarm"
    assert TEMPLATE["Parameters"]["AlarmEmail"]["Default"] == ""


def test_a_message_that_is_given_up_reaches_the_queue_that_the_alarm_watches() -> None:
    given_up = RESOURCES["ImportQueue"]["Properties"]["RedrivePolicy"]
    alarm = RESOURCES["DeadLettersAlarm"]["Properties"]
    dead_letters = "ImportDeadLetterQueue"

    assert given_up["deadLetterTargetArn"] == {"Fn::GetAtt": [dead_letters, "Arn"]}
    assert f"in {given_up['maxReceiveCount']} tries" in alarm["AlarmDescription"]
    watched = [{"Name": "QueueName", "Value": {"Fn::GetAtt": [dead_letters, "QueueName"]}}]
    assert (alarm["Namespace"], alarm["Dimensions"]) == ("AWS/SQS", watched)
    assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanThreshold", 0)
