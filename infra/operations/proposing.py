"""Attributes proposed from a file: FROM, or JOB for one that was uploaded before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape

from core.imports.proposals.table import table_lines
from infra.client.importing import watch
from infra.client.variables import is_set
from infra.errors import LauncherError
from infra.operations.target import Target

_STYLES = {"created": "green", "exists": "dim", "differs": "yellow", "refused": "red"}


def propose(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Print the proposals. With ACCEPT the attributes are created, and the file is validated by
    them."""
    job_id = environment.get("JOB") or _uploaded(target, environment.get("FROM", ""), console)
    started = target.rest.call("POST", "/attributes/proposals", {"jobId": job_id})
    proposal = str(started["jobId"])
    job = watch(target.rest, proposal, "attributes", console)
    if job["status"] == "FAILED":
        raise LauncherError(job["message"])
    found = target.rest.call("GET", _path(proposal))
    for line in table_lines(found):
        console.print(escape(line), soft_wrap=True)
    if found["truncated"]:
        console.print("[yellow]Not all fit into one answer; the result of the job has them.[/]")
    if is_set(environment, "ACCEPT"):
        return _accept(target, proposal, console)
    if found["proposals"]:
        again = f"make attributes JOB={job_id} ACCEPT=1{target.suffix}"
        console.print(f"[dim]Create them, and validate the file by them: {again}[/]")
    return 0


def _uploaded(target: Target, name: str, console: Console) -> str:
    """The import of the file, which without attributes is refused."""
    if not name:
        raise LauncherError("Name a file, FROM=my.csv, or the import of one, JOB=….")
    file = Path(name).expanduser()
    if not file.is_file():
        raise LauncherError(f"There is no file {file}.")
    upload = target.rest.presigned_upload(file.name, {})
    target.rest.upload(upload["uploadUrl"], upload.get("headers", {}), file)
    job_id = target.rest.process_file(upload["s3Key"])
    watch(target.rest, job_id, file.name, console)
    return job_id


def _accept(target: Target, proposal: str, console: Console) -> int:
    accepted = target.rest.call("POST", f"{_path(proposal)}/accept", {})
    for attribute in accepted["attributes"]:
        if attribute["outcome"] != "created":
            style = _STYLES[attribute["outcome"]]
            console.print(f"[{style}]{escape(attribute['message'])}[/]", soft_wrap=True)
    console.print(escape(accepted["message"]))
    again: dict[str, Any] = accepted.get("reprocess", {"started": False, "message": ""})
    console.print(escape(again["message"]))
    if not again["started"]:
        return 1
    job = watch(target.rest, again["jobId"], "import", console)
    console.print(escape(job["message"]))
    if not job.get("counts", {}).get("validRows"):
        steps = f"make mapping JOB={again['jobId']}{target.suffix}"
        console.print(f"[dim]See which attributes its other columns resemble: {steps}[/]")
        return 1
    console.print(f"[dim]Save its products: make approve JOB={again['jobId']}{target.suffix}[/]")
    return 0


def _path(proposal: str) -> str:
    return f"/attributes/proposals/{quote(proposal, safe='')}"
