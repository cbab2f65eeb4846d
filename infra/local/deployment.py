"""From the working tree to a deployed stack: stage, package, deploy.

The same two commands as on AWS, `aws cloudformation package` and `deploy`, from the same template;
only the parameter Stage and the endpoint differ.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.errors import LauncherError
from infra.local.configuration import REGION, STACK_NAME
from infra.local.engines import clean_environment, endpoint
from infra.staging import LAYERS, ROOT, mark_release, stage_code

ARTIFACTS_BUCKET = "product-portal-artifacts"
MODEL_KEY_NAME = "product-portal-model-key"
DUMMY_CREDENTIALS = dict.fromkeys(("aws_access_key_id", "aws_secret_access_key"), "local")
COMMAND_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Outputs:
    """The Outputs of the stack."""

    api_id: str
    uploads_bucket: str
    results_bucket: str
    import_queue_url: str
    import_dead_letter_queue_url: str
    state_machine_arn: str


@dataclass(frozen=True, slots=True)
class LoginOutputs:
    """The same, with LOGIN=true."""

    user_pool_id: str
    portal_client_id: str
    system_client_id: str


def stage(folder: Path) -> None:
    """A private copy of everything that the template refers to, at the same relative paths, so
    that two stacks, or an edit in the middle of a deploy, do not disturb each other."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "infra").mkdir(parents=True)
    for template in sorted((ROOT / "infra").glob("*.yaml")):
        shutil.copy(template, folder / "infra")
    shutil.copytree(ROOT / "statemachines", folder / "statemachines")
    stage_code(folder / "build" / "code")
    for layer in LAYERS:
        # Named by the template, but created on AWS only.
        (folder / "build" / "layers" / layer).mkdir(parents=True)


def fingerprint(folder: Path, parameters: Mapping[str, str]) -> str:
    """Changes exactly when the staged files or the parameters do."""
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True).encode())
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"\0{path.relative_to(folder).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def client(service: str, port: int) -> Any:
    """A client of the emulator, with dummy credentials: it cannot reach an account."""
    make_client: Any = boto3.client  # typed per service, by 400 overloads
    return make_client(
        service,
        endpoint_url=endpoint(port),
        region_name=REGION,
        **DUMMY_CREDENTIALS,
        config=Config(
            signature_version="s3v4" if service == "s3" else None,
            retries={"mode": "standard", "max_attempts": 3},
            read_timeout=60,
        ),
    )


def keep_model_key(port: int, key: str) -> str:
    """Put the key into the emulator's Secrets Manager; returns the ARN for the functions."""
    secrets = client("secretsmanager", port)
    try:
        found = secrets.create_secret(Name=MODEL_KEY_NAME, SecretString=key)
    except secrets.exceptions.ResourceExistsException:
        found = secrets.put_secret_value(SecretId=MODEL_KEY_NAME, SecretString=key)
    arn: str = found["ARN"]
    return arn


def deploy(state: Path, staged: Path, port: int, parameters: Mapping[str, str]) -> None:
    """Create the stack, or bring it up to date. Raises LauncherError with what went wrong."""
    client("s3", port).create_bucket(Bucket=ARTIFACTS_BUCKET)
    code = staged / "build" / "code"
    mark_release(code, fingerprint(staged, parameters))
    _pack(code)
    packaged = staged / "packaged.yaml"
    _aws(
        state,
        port,
        "package",
        *("--template-file", str(staged / "infra" / "template.yaml")),
        *("--s3-bucket", ARTIFACTS_BUCKET),
        *("--output-template-file", str(packaged)),
    )
    _aws(
        state,
        port,
        "deploy",
        *("--template-file", str(packaged)),
        *("--s3-bucket", ARTIFACTS_BUCKET),
        *("--stack-name", STACK_NAME),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"),
        "--no-fail-on-empty-changeset",
        "--parameter-overrides",
        *(f"{name}={value}" for name, value in sorted(parameters.items())),
    )


def _pack(code: Path) -> None:
    """Put a zip in place of the folder: `package` would pack the folder once for each of some forty
    functions, and takes a zip as it is."""
    archive = shutil.make_archive(str(code), "zip", code)
    shutil.rmtree(code)
    Path(archive).rename(code)


def outputs(port: int) -> Outputs:
    """Raises LauncherError when the stack is not there or not complete."""
    values = _output_values(port)
    return Outputs(
        api_id=values["ApiId"],
        uploads_bucket=values["UploadsBucketName"],
        results_bucket=values["ResultsBucketName"],
        import_queue_url=values["ImportQueueUrl"],
        import_dead_letter_queue_url=values["ImportDeadLetterQueueUrl"],
        state_machine_arn=values["ProductImportArn"],
    )


def login_outputs(port: int) -> LoginOutputs:
    """Raises LauncherError as `outputs`, and for a stack without a login."""
    values = _output_values(port)
    if "UserPoolId" not in values:
        raise LauncherError("This stack is open and has no users; start it by make up LOGIN=true.")
    return LoginOutputs(
        user_pool_id=values["UserPoolId"],
        portal_client_id=values["PortalClientId"],
        system_client_id=values["SystemClientId"],
    )


def _output_values(port: int) -> dict[str, str]:
    try:
        (stack,) = client("cloudformation", port).describe_stacks(StackName=STACK_NAME)["Stacks"]
    except (ClientError, BotoCoreError) as error:
        raise LauncherError(f"The stack {STACK_NAME} cannot be read: {error}") from error
    if stack["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        raise LauncherError(
            f"The stack {STACK_NAME} is {stack['StackStatus']}:\n{_failed_resources(port)}"
        )
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _failed_resources(port: int) -> str:
    try:
        pages = client("cloudformation", port).describe_stack_events(StackName=STACK_NAME)
    except (ClientError, BotoCoreError):
        return "(no events)"
    lines = [
        f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
        for event in pages["StackEvents"]
        if event["ResourceStatus"].endswith("_FAILED")
    ]
    return "\n".join(lines) or "(no failed resource)"


def _aws(state: Path, port: int, verb: str, *arguments: str) -> None:
    command = [sys.executable, "-m", "awscli", "cloudformation", verb, *arguments]
    environment = {**clean_environment(state), "AWS_ENDPOINT_URL": endpoint(port)}
    try:
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=COMMAND_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise LauncherError(
            f"`aws cloudformation {verb}` did not end within {COMMAND_SECONDS} s; "
            f"see {state / 'ministack.log'}."
        ) from None
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()
        more = f"\n{_failed_resources(port)}" if verb == "deploy" else ""
        raise LauncherError(f"`aws cloudformation {verb}` failed:\n{said}{more}")
