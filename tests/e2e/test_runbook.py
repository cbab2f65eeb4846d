"""Every command of docs/runbook.md runs here, in the order of the page: those that start and stop a
stack on one of their own, those for AWS as far as it goes without an account."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import urllib3
from botocore import xform_name
from botocore.session import get_session
from rich.console import Console

from core.settings import Settings
from infra.checks.template import read_template
from infra.client.importing import watch
from infra.client.rest import Rest
from infra.local.deployment import MODEL_KEY_NAME, client
from infra.operations.__main__ import COMMANDS, main

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "runbook.md"
STARTS_AND_STOPS = {"up", "token", "down"}
"""Commands that need a stack of their own."""
OF_THE_LAUNCHER = {"status", "disk", "import", *STARTS_AND_STOPS}
"""Commands of infra/local."""
FOR_TESTS_ELSEWHERE = {"make free WHAT=files"}
"""`tests/unit/infra/local/test_disk.py` runs it."""
NOT_HERE = {"free", "console"}
"""`free` would remove caches of this checkout: `tests/unit/infra/local/test_disk.py` runs it
elsewhere.
`console` serves until it is stopped: `test_console_over_http.py` runs it."""
FILE = b"Runbook Name,Runbook Price\nOak chair,10\nTable,x\n"
MATERIAL = {"name": "Material", "type": "single_select", "options": ["Oak", "Pine"]}
"""An attribute that the rules without a model fill from the name."""


def commands(language: str = "") -> list[str]:
    """The lines of the page's code blocks; those for AWS are marked as `sh`."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return [line for mark, block in blocks if mark == language for line in block.splitlines()]


def starts_or_stops(line: str) -> bool:
    return line.split()[1] in STARTS_AND_STOPS


def test_commands_in_the_prose_of_the_page_are_among_those_that_run() -> None:
    prose = re.sub(r"^```.*?^```$", "", PAGE.read_text(encoding="utf-8"), flags=re.M | re.S)
    named = {" ".join(words.split()) for words in re.findall(r"`((?:make|aws)\s[^`]*)`", prose)}
    blocks = [*commands(), *commands("sh"), "make check-docs"]
    for command in named - FOR_TESTS_ELSEWHERE:
        assert any(f"{line} ".startswith(f"{command} ") for line in blocks), command


@pytest.mark.parametrize("line", commands("sh"))
def test_commands_for_aws_have_options_that_exist(line: str) -> None:
    program, *words = shlex.split(line)
    if program == "make":
        assert words[0] == "deploy"
        (given,) = [word.split("=", 1)[1] for word in words if word.startswith("PARAMETERS=")]
        template = read_template(ROOT / "infra" / "template.yaml")
        assert {pair.split("=")[0] for pair in given.split()} <= set(template["Parameters"])
        return
    service, command, *options = words
    model = get_session().get_service_model("s3" if service == "s3api" else service)
    operations = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(operations[command]).input_shape
    assert shape is not None
    given_options = {word.removeprefix("--") for word in options if word.startswith("--")}
    assert given_options <= {xform_name(name, "-") for name in shape.members}
    assert given_options >= {xform_name(name, "-") for name in shape.required_members}


def test_the_page_has_commands_and_the_makefile_has_each_of_them() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.M)
    named = {line.split()[1] for line in commands() if line.startswith("make ")}
    assert named >= set(COMMANDS)
    assert named <= set(targets)


class Operator:
    """Types the commands of the page, with the job that is at hand for every `…`."""

    def __init__(self, stack: dict[str, Any], state: Path, tmp_path: Path) -> None:
        self.rest = Rest(stack["apiUrl"])
        self.job = ""
        self._state = state
        self._tmp_path = tmp_path
        self._api_url = stack["apiUrl"]

    def upload(self, name: str = "runbook.csv", content: bytes = FILE) -> str:
        file = self._tmp_path / name
        file.write_bytes(content)
        ticket = self.rest.presigned_upload(file.name, {})
        self.rest.upload(ticket["uploadUrl"], {}, file)
        self.job = self.rest.process_file(ticket["s3Key"])
        return self.job

    def wait(self) -> dict[str, Any]:
        return watch(self.rest, self.job, "import", Console(quiet=True))

    def types(self, line: str) -> int:
        if line.startswith("curl"):
            url = line.rsplit(maxsplit=1)[-1].replace("$API", self._api_url)
            return 0 if urllib3.request("GET", url).status == 200 else 1
        _, command, *assignments = shlex.split(line.replace("…", self.job))
        environment = {"LOCAL_STATE": str(self._state)}
        environment |= dict(word.split("=", 1) for word in assignments)
        for name in {"OUT", "FILE"} & environment.keys():
            environment[name] = str(self._tmp_path / environment[name])
        if command not in OF_THE_LAUNCHER:
            return main([command], environment)
        done = subprocess.run(
            [sys.executable, "-m", "infra.local", command],
            env=os.environ | environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        print(done.stdout)
        print(done.stderr, file=sys.stderr)
        return done.returncode


@pytest.fixture
def operator(stack: dict[str, Any], state: Path, tmp_path: Path) -> Operator:
    return Operator(stack, state, tmp_path)


def test_an_operator_goes_through_the_page(
    operator: Operator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.upload()
    assert operator.wait()["errorCode"] == "NO_ATTRIBUTES"
    first_failed = operator.job
    for name, kind in (("Runbook Name", "short_text"), ("Runbook Price", "number")):
        operator.rest.create_attribute({"name": name, "type": kind})
    operator.rest.create_attribute(MATERIAL)
    (tmp_path / "profile.json").write_text('{"name": "runbook", "options": {}}')
    expected = {
        "make profile FILE=profile.json": "“runbook” was created",
        "make jobs": first_failed,
        "make jobs STATUS=FAILED SINCE=2h": "NO_ATTRIBUTES",
        "make jobs PAGE=2 LIMIT=5": "page 2 of",
        "make logs JOB=…": "Job opened",
        "make reprocess STATUS=FAILED SINCE=2h DRY_RUN=1": "would be restarted",
        "make reprocess STATUS=FAILED SINCE=2h": "completed with issues",
        "make mapping JOB=…": "Every column with a value feeds an attribute.",
        "make approve JOB=…": "1 product saved",
        "make export OUT=products.csv": "exported as CSV",
        "make enrich ALL=1 ATTRIBUTES=Material": "make accept JOB=",
        "make import FILE=backup.csv": "make approve JOB=",
        "make status": "runs",
        "make disk": "are free on this disk",
        "make drain": "nothing runs",
        "make resume": "open again",
        "make redrive-dlq": "dead letter",
    }
    refused = {"make reprocess STATUS=FAILED CODE=NO_ATTRIBUTES": "No finished job fits"}
    with_issues = {"make reprocess STATUS=FAILED SINCE=2h", "make reprocess JOBS=…"}
    stopped: list[str] = []
    for line in commands():
        if line.removeprefix("make ") in NOT_HERE or starts_or_stops(line):
            continue
        if line.startswith("make accept"):
            newest = operator.rest.call("GET", "/processing-jobs?type=enrichment&limit=1")
            assert operator.types(line.replace("…", newest["data"][0]["_id"])) == 0, line
            assert "1 product was updated" in capsys.readouterr().out
            continue
        if line.startswith("make stop"):
            ticket = operator.rest.presigned_upload("later.csv", {})
            finished, operator.job = operator.job, ticket["jobId"]
            assert operator.types(line) == 0, line
            stopped.append(operator.rest.job(operator.job)["errorCode"])
            operator.job = finished
            continue
        code = operator.types(line)
        said = capsys.readouterr()
        if line in refused:
            assert (code, refused[line] in said.err) == (1, True), said
            continue
        assert code == (1 if line in with_issues else 0), (line, said)
        assert expected.get(line, "") in said.out, (line, said.out)
    assert stopped == ["CANCELLED"]
    assert "Oak chair,10," in (tmp_path / "products.csv").read_text().splitlines()


def test_stacks_are_started_and_stopped_as_the_page_says(tmp_path: Path) -> None:
    state = tmp_path / "state"
    keys: list[str] = []
    said: dict[str, str] = {}

    def types(line: str) -> str:
        _, command, *assignments = shlex.split(line.replace("…", f"sk-{len(keys)}"))
        settings = {"LOCAL_STATE": str(state), "AWS_PORT": "0", "MONGODB_PORT": "0"}
        settings |= dict(word.split("=", 1) for word in assignments)
        done = subprocess.run(
            [sys.executable, "-m", "infra.local", command],
            env=os.environ | settings,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (line, done)
        return done.stdout

    def stack_now() -> dict[str, Any]:
        described: dict[str, Any] = json.loads((state / "stack.json").read_text())
        return described

    lines = [line for line in commands() if starts_or_stops(line)]
    (rotating,) = [line for line in lines if "OPENAI_API_KEY=…" in line]
    try:
        for line in [rotating, *lines]:
            said[line] = types(line)
            if line == rotating:
                secrets = client("secretsmanager", stack_now()["awsPort"])
                keys.append(secrets.get_secret_value(SecretId=MODEL_KEY_NAME)["SecretString"])
            elif line == "make up MAX_COLUMNS=6000":
                assert "MAX_COLUMNS is 6000 now, no longer 5000." in said[line]
                assert "ENRICHMENT_PROVIDER is offline now, no longer openai." in said[line]
            elif line == "make up KEEP=true":
                assert stack_now()["keep"]
            elif line == "make up LOGIN=true":
                assert stack_now()["login"]
                assert not stack_now()["keep"]
    finally:
        types("make down")
    assert keys == ["sk-0", "sk-1"]
    assert said["make token ROLE=editor"].count(".") == 2, "a JSON Web Token and nothing else"
    assert "are gone" in said["make down"]


FAILING = b"\x00\x01\x02\x00" * 50
"""No text: it fails whenever it is read."""
MANY = 15


def test_many_failed_jobs_are_restarted_by_one_command_a_few_at_a_time(
    operator: Operator, stack: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = {operator.upload(f"broken-{n}.csv", FAILING): f"broken-{n}.csv" for n in range(MANY)}
    for operator.job in jobs:
        assert operator.wait()["status"] == "FAILED"
    capsys.readouterr()

    assert operator.types(f"make reprocess JOBS={','.join(jobs)}") == 1

    lines = capsys.readouterr().out.splitlines()
    for job_id, name in jobs.items():
        (line,) = [line for line in lines if line.startswith(job_id)]
        assert f"{name}  failed: " in line
    assert lines[-1] == f"Of {MANY} jobs: {MANY} failed again."
    records = [operator.rest.job(job_id) for job_id in jobs]
    assert {record["attempt"] for record in records} == {2}
    spans = [
        [datetime.fromisoformat(record[field]) for field in ("processingStartedAt", "finishedAt")]
        for record in records
    ]
    at_once = max(sum(a <= start < b for a, b in spans) for start, _ in spans)
    assert at_once <= Settings().restarts_at_once


def test_dead_letters_are_shown_first_and_moved_only_when_told(
    operator: Operator, stack: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    sqs = client("sqs", stack["awsPort"])
    event = {"detail": {"bucket": {"name": stack["uploadsBucket"]}, "object": {"key": "a/b.csv"}}}
    sqs.send_message(QueueUrl=stack["importDeadLetterQueueUrl"], MessageBody=json.dumps(event))

    for _ in range(2):
        assert operator.types("make redrive-dlq") == 0
        said = capsys.readouterr().out
        assert f"{stack['uploadsBucket']}/a/b.csv" in said
        assert "1 dead letter; nothing was moved" in said

    assert operator.types("make redrive-dlq YES=1") == 0
    assert "1 message moved back" in capsys.readouterr().out
    assert operator.types("make redrive-dlq") == 0
    assert "There is no dead letter." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("make logs JOB=nothing", "There is no job with the id"),
        ("make stop", "make stop JOB=…"),
        ("make reprocess", "Say which jobs"),
        ("make reprocess STATUS=FAILED SINCE=soon", "SINCE must be a span"),
        ("make reprocess JOBS=a STATUS=FAILED", "Name either JOBS, or"),
    ],
)
def test_a_slip_is_told_in_a_sentence(
    operator: Operator, line: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.job = "…"
    assert operator.types(line) == 1
    assert sentence in capsys.readouterr().err
