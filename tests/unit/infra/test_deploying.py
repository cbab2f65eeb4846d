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
*StackStatus*) cat status 2>/dev/null || exit 254 ;;
*ParameterValue*) cat bundle 2>/dev/null || exit 254 ;;
esac
"""


class Deployment:
    """A folder with the script, and a stack as far as the script asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "infra").mkdir()
        for name in ("deploy.sh", "template.yaml"):
            shutil.copy(ROOT / "infra" / name, folder / "infra")
        shutil.copytree(ROOT / "requirements", folder / "requirements")
        (folder / "build" / "code").mkdir(parents=True)
        python = folder / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(AWS_CLI)
        python.chmod(0o755)

    def run(self, parameters: str = "") -> tuple[int, str]:
        """Its exit code and what it says on standard error."""
        variables = {"STAGE": "dev", "ARTIFACTS_BUCKET": "artifacts", "PARAMETERS": parameters}
        done = subprocess.run(
            ["sh", "infra/deploy.sh"],
            cwd=self.folder,
            env=os.environ | variables,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    @property
    def is_deployed(self) -> bool:
        return "cloudformation deploy" in (self.folder / "calls").read_text()


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
