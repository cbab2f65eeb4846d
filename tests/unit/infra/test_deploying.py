"""What `make deploy` looks at before it deploys: the script runs, with an AWS CLI of our own."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.staging import ROOT

AWS_CLI = """#!/bin/sh
echo "$*" >>calls
case "$*" in
*StackStatus*)
    cat status 2>/dev/null && exit
    [ -e error ] && cat error >&2 || echo "Stack with id product-portal-dev does not exist" >&2
    exit 254
    ;;
*ParameterKey*MongodbTlsCaFile*) cat bundle 2>/dev/null || echo None ;;
*ParameterKey*DatabaseKind*) cat kind 2>/dev/null || echo None ;;
*get-account-settings*) cat quota 2>/dev/null || exit 254 ;;
*infra.aws.pace*) echo "ImportsAtOnce=$3 SmallImportsAtOnce=$3" ;;
*--no-execute-changeset*) cat changes 2>/dev/null || true ;;
*infra.aws.smoke*) [ ! -e fails ] || exit 1 ;;
esac
"""


class Deployment:
    """A folder with the script, and a stack as far as the script asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "infra").mkdir()
        for name in ("deploy.sh", "destroy.sh", "template.yaml", "network.yaml"):
            shutil.copy(ROOT / "infra" / name, folder / "infra")
        shutil.copytree(ROOT / "requirements", folder / "requirements")
        (folder / "build" / "code").mkdir(parents=True)
        (folder / "kind").write_text("existing\n")
        python = folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(AWS_CLI)
        python.chmod(0o755)

    def run(
        self, parameters: str = "", *, script: str = "deploy.sh", verb: str = "", **more: str
    ) -> tuple[int, str]:
        """Its exit code and what it says on standard error."""
        variables = {"STAGE": "dev", "ARTIFACTS_BUCKET": "artifacts", "PARAMETERS": parameters}
        done = subprocess.run(
            ["sh", f"infra/{script}", *([verb] if verb else [])],
            stdin=subprocess.DEVNULL,
            cwd=self.folder,
            env=os.environ | variables | more,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    @property
    def calls(self) -> str:
        return (self.folder / "calls").read_text()

    @property
    def is_deployed(self) -> bool:
        return "cloudformation deploy" in self.calls


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return Deployment(tmp_path)


@pytest.mark.parametrize("status", [None, "CREATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_new_stack_and_one_in_order_are_deployed(
    deployment: Deployment, status: str | None
) -> None:
    if status is not None:
        (deployment.folder / "status").write_text(f"{status}\n")

    assert deployment.run() == (0, "")
    assert deployment.is_deployed


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("ROLLBACK_COMPLETE", "delete-stack --stack-name product-portal-dev"),
        ("ROLLBACK_FAILED", "delete-stack"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("UPDATE_IN_PROGRESS", "when that is over"),
    ],
)
def test_a_stack_that_cannot_be_updated_is_left_alone_and_the_way_out_is_said(
    deployment: Deployment, status: str, advice: str
) -> None:
    (deployment.folder / "status").write_text(f"{status}\n")

    code, said = deployment.run()

    assert code == 1
    assert status in said and advice in said
    assert not deployment.is_deployed


@pytest.mark.parametrize("known_to", ["caller", "stack"])
@pytest.mark.parametrize("path", ["certificates/ca.pem", "/var/task/certificates/ca.pem"])
def test_a_ca_bundle_that_is_not_packaged_stops_the_deployment(
    deployment: Deployment, known_to: str, path: str
) -> None:
    parameters = f"MongodbDatabase=portal MongodbTlsCaFile={path}" if known_to == "caller" else ""
    if known_to == "stack":
        (deployment.folder / "bundle").write_text(f"{path}\n")

    code, said = deployment.run(parameters)

    assert code == 1
    assert "certificates/ca.pem" in said and "infra/certificates/" in said
    assert not deployment.is_deployed
    packaged = deployment.folder / "build" / "code" / "certificates" / "ca.pem"
    packaged.parent.mkdir()
    packaged.touch()
    assert deployment.run(parameters) == (0, "")
    assert deployment.is_deployed


def test_the_package_changes_with_the_parameters_and_the_layers_and_with_nothing_else(
    deployment: Deployment,
) -> None:
    """A version of a function is published when its package changes."""

    def released(parameters: str) -> str:
        assert deployment.run(parameters) == (0, "")
        return (deployment.folder / "build" / "code" / "release").read_text()

    first = released("MaxColumns=10")
    assert released("MaxColumns=10") == first
    second = released("MaxColumns=11 MongodbUri=hidden")
    assert "hidden" not in second
    with (deployment.folder / "requirements" / "service.txt").open("a") as lock:
        lock.write("more==1\n")
    assert len({first, second, released("MaxColumns=11 MongodbUri=hidden")}) == 3


def test_a_stack_without_tls_needs_no_ca_bundle(deployment: Deployment) -> None:
    (deployment.folder / "bundle").write_text("None\n")

    assert deployment.run() == (0, "")


def test_the_database_that_is_made_here_needs_the_bundle_of_documentdb(
    deployment: Deployment,
) -> None:
    (deployment.folder / "kind").unlink()

    code, said = deployment.run()

    assert code == 1
    assert "certificates/global-bundle.pem" in said and "curl" in said
    assert not deployment.is_deployed
    assert deployment.run("DatabaseKind=existing") == (0, "")


@pytest.mark.parametrize(
    ("status", "known", "given", "pace"),
    [
        (None, "1000", "", "1000"),
        (None, None, "", "10"),
        (None, "1000", "50", "50"),
        ("CREATE_COMPLETE", "1000", "", None),
        ("CREATE_COMPLETE", "1000", "500", "500"),
    ],
)
def test_a_new_stack_gets_the_pace_of_its_account_and_a_stack_in_use_keeps_its_own(
    deployment: Deployment, status: str | None, known: str | None, given: str, pace: str | None
) -> None:
    for name, value in (("status", status), ("quota", known)):
        if value is not None:
            (deployment.folder / name).write_text(f"{value}\n")

    assert deployment.run("SmallImportsAtOnce=7", QUOTA=given) == (0, "")

    (deployed,) = (line for line in deployment.calls.splitlines() if "--parameter-over" in line)
    assert ("ImportsAtOnce" in deployed.replace("SmallImportsAtOnce", "")) == (pace is not None)
    assert pace is None or f" ImportsAtOnce={pace} " in deployed
    assert deployed.count("SmallImportsAtOnce=") == 1, "who names a parameter decides"
    assert "SmallImportsAtOnce=7" in deployed


def test_a_deployment_ends_with_the_smoke_test_and_fails_with_it(deployment: Deployment) -> None:
    assert deployment.run() == (0, "")
    assert deployment.calls.splitlines()[-1] == "-m infra.aws.smoke"
    (deployment.folder / "fails").touch()
    assert deployment.run()[0] == 1
    assert deployment.run(SMOKE="no")[0] == 0


def test_a_diff_shows_a_change_set_and_executes_none(deployment: Deployment) -> None:
    change_set = "arn:aws:cloudformation:eu-central-1:123456789012:changeSet/awscli/1"
    (deployment.folder / "status").write_text("UPDATE_COMPLETE\n")
    (deployment.folder / "changes").write_text(f"aws … --change-set-name {change_set}\n")

    assert deployment.run(verb="diff") == (0, "")

    calls = deployment.calls.splitlines()
    assert any("--no-execute-changeset" in call for call in calls)
    assert any(f"describe-change-set --change-set-name {change_set}" in call for call in calls)
    assert f"delete-change-set --change-set-name {change_set}" in calls[-1]
    assert "infra.aws.smoke" not in deployment.calls


@pytest.mark.parametrize(("confirmed", "deletes"), [("", False), ("prod", False), ("dev", True)])
def test_a_stack_is_destroyed_only_when_its_stage_is_typed(
    deployment: Deployment, confirmed: str, deletes: bool
) -> None:
    (deployment.folder / "status").write_text("CREATE_COMPLETE\n")

    code, _ = deployment.run(script="destroy.sh", CONFIRM=confirmed)

    assert (code == 0) == deletes
    assert ("delete-stack --stack-name product-portal-dev" in deployment.calls) == deletes


def test_a_stack_that_does_not_exist_is_not_destroyed(deployment: Deployment) -> None:
    code, said = deployment.run(script="destroy.sh", CONFIRM="dev")

    assert code == 1 and "no stack" in said


@pytest.mark.parametrize("verb", ["", "diff"])
def test_a_stack_that_cannot_be_looked_at_is_not_taken_for_a_new_one(
    deployment: Deployment, verb: str
) -> None:
    (deployment.folder / "error").write_text("Throttling: Rate exceeded\n")

    code, said = deployment.run(verb=verb)

    assert code == 1
    assert "cannot be looked at" in said and "Rate exceeded" in said
    assert not deployment.is_deployed
    assert "delete-stack" not in deployment.calls


def test_a_stack_whose_deletion_failed_is_not_said_to_be_new(deployment: Deployment) -> None:
    (deployment.folder / "status").write_text("DELETE_FAILED\n")

    code, said = deployment.run()

    assert code == 1
    assert "make destroy STAGE=dev" in said and "No data is lost" not in said
