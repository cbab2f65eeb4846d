"""Jobs through the REST API: list them, stop one, approve one, restart one or many."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from core.wording import counted
from infra.client.importing import watch
from infra.client.summary import STATUS_STYLE
from infra.client.variables import is_set
from infra.errors import LauncherError
from infra.operations.target import Target

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
JOBS_SHOWN = 20
_NARROWING = ("LIMIT", "STATUS", "TYPE", "CODE", "SINCE")
NAME_CHARACTERS = 40
SAID_CHARACTERS = 110


def job_filter(environment: Mapping[str, str], now: datetime) -> dict[str, str]:
    """STATUS, TYPE, CODE and SINCE as parameters of `GET /processing-jobs`. Raises LauncherError
    for a SINCE that is neither a span (`2h`) nor a time."""
    filters = {
        parameter: value
        for parameter, name in (("status", "STATUS"), ("type", "TYPE"), ("code", "CODE"))
        if (value := environment.get(name, "").strip())
    }
    if since := environment.get("SINCE", "").strip():
        filters["from"] = _moment(since, now)
    return filters


def _moment(text: str, now: datetime) -> str:
    if span := re.fullmatch(r"(\d{1,6})([smhd])", text):
        number, unit = span.groups()
        return (now - timedelta(**{_UNITS[unit]: int(number)})).isoformat(timespec="milliseconds")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise LauncherError(
            f"SINCE must be a span (30m, 2h, 7d) or a time (2026-03-01), not {text!r}."
        ) from None
    return moment.isoformat() if moment.tzinfo else moment.replace(tzinfo=UTC).isoformat()


def list_jobs(target: Target, environment: Mapping[str, str], console: Console) -> int:
    limit = environment.get("LIMIT", "").strip() or str(JOBS_SHOWN)
    page = environment.get("PAGE", "").strip() or "1"
    filters = {**job_filter(environment, datetime.now(UTC)), "limit": limit, "page": page}
    answer = target.rest.call("GET", f"/processing-jobs?{urlencode(filters)}")
    table = Table(box=None, pad_edge=False)
    for heading in ("submitted", "job", "type", "status", "file", "what it says"):
        table.add_column(heading, no_wrap=heading == "job")
    for job in answer["data"]:
        code = job.get("errorCode")
        said = f"{code}: {job.get('errorDetails') or job['message']}" if code else job["message"]
        table.add_row(
            job["submittedAt"][:19].replace("T", " "),
            job["_id"],
            job["type"],
            Text(job["status"].lower().replace("_", " "), STATUS_STYLE.get(job["status"], "")),
            Text(job["originalFileName"][:NAME_CHARACTERS]),
            Text(said if len(said) <= SAID_CHARACTERS else f"{said[: SAID_CHARACTERS - 1]}…"),
        )
    console.print(table)
    pages = answer["pagination"]
    shown = f"{len(answer['data'])} of {counted(pages['totalItems'], 'job')}, the newest first"
    number, last = pages["currentPage"], max(pages["totalPages"], 1)
    console.print(f"[dim]{shown}; page {number} of {last}[/]")
    if pages["hasNextPage"]:
        same = "".join(
            f" {name}={environment[name]}" for name in _NARROWING if environment.get(name)
        )
        command = f"make jobs PAGE={number + 1}{same}{target.suffix}"
        console.print(f"[dim]The next: {escape(command)}[/]", soft_wrap=True)
    return 0


def job_id_of(environment: Mapping[str, str], command: str) -> str:
    job_id = environment.get("JOB", "").strip()
    if not job_id:
        raise LauncherError(f"Name the job: make {command} JOB=…   (make jobs lists them)")
    return job_id


def stop(target: Target, environment: Mapping[str, str], console: Console) -> int:
    job_id = job_id_of(environment, "stop")
    answer = target.rest.call("POST", f"/processing-jobs/{quote(job_id, safe='')}/cancel")
    console.print(escape(answer["message"]))
    console.print(f"[dim]Start it again: make reprocess JOBS={job_id}{target.suffix}[/]")
    return 0


def approve(target: Target, environment: Mapping[str, str], console: Console) -> int:
    approval = target.rest.approve_import(job_id_of(environment, "approve"))
    job = watch(target.rest, approval, "approval", console)
    failed = job["status"] == "FAILED"
    console.print(f"[{STATUS_STYLE[job['status']]}]{escape(job['message'])}[/]")
    if failed:
        console.print(f"[dim]What happened: make logs JOB={approval}{target.suffix}[/]")
    else:
        console.print(f"[dim]Have the catalogue as a file: make export{target.suffix}[/]")
        console.print(
            "[dim]Have empty values suggested: "
            f"make enrich ALL=1 DRY_RUN=1{target.suffix}   (what it costs; then without DRY_RUN)[/]"
        )
    return int(failed)


def reprocess(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Restart the jobs that JOBS names, or STATUS, TYPE, CODE and SINCE describe; wait, and report
    each. With DRY_RUN nothing is started."""
    body: dict[str, Any] = {}
    if named := re.split(r"[\s,]+", environment.get("JOBS", "").strip()):
        body["jobIds"] = [job_id for job_id in named if job_id]
    filters = job_filter(environment, datetime.now(UTC))
    if not body["jobIds"]:
        body = {"filter": filters}
    elif filters:
        raise LauncherError("Name either JOBS, or STATUS, TYPE, CODE and SINCE.")
    if not any(body.values()):
        raise LauncherError(
            "Say which jobs: make reprocess STATUS=FAILED SINCE=2h, or JOBS=id,id (and DRY_RUN=1 "
            "to look first)"
        )
    if is_set(environment, "DRY_RUN"):
        answer = target.rest.call("POST", "/processing-jobs/reprocess", {**body, "dryRun": True})
        for entry in answer["jobs"]:
            console.print(_planned(entry))
        console.print(escape(answer["message"]))
        return 0
    answer = target.rest.call("POST", "/processing-jobs/reprocess", body)
    console.print(escape(answer["message"]))
    job = watch(target.rest, answer["jobId"], f"{answer['jobs']} restarts", console)
    for entry in _report(target, job):
        console.print(_reported(entry))
    console.print(f"[{STATUS_STYLE[job['status']]}]{escape(job['message'])}[/]")
    return int(job["status"] != "COMPLETED")


def _report(target: Target, job: Mapping[str, Any]) -> list[dict[str, Any]]:
    url = job.get("resultDownloadUrl")
    return [] if url is None else list(target.rest.json_at(url)["jobs"])


def _planned(entry: Mapping[str, Any]) -> Text:
    does = "would be restarted" if entry["restarts"] else f"cannot: {entry['message']}"
    return _line(entry, does, "default" if entry["restarts"] else "yellow")


def _reported(entry: Mapping[str, Any]) -> Text:
    style = STATUS_STYLE.get(entry["step"], "yellow")
    said = f"{entry['step'].lower().replace('_', ' ')}: {entry.get('message', '')}"
    return _line(entry, said, style)


def _line(entry: Mapping[str, Any], said: str, style: str) -> Text:
    line = Text(f"{entry['jobId']}  ")
    line.append(f"{entry.get('originalFileName', '')[:NAME_CHARACTERS]}  ", style="bold")
    return line.append(said, style=style)
