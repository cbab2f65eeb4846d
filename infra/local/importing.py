"""Import a file through the REST API, as any client would, and watch it with a progress bar."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from infra.local.errors import LauncherError
from infra.local.rest import ApiError, Rest

FINAL = frozenset({"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"})
POLL_SECONDS = (0.1, 2.0)
"""Between two requests for the job: at the beginning, and later. Each lists all chunks of an
import."""
GIVE_UP_SECONDS = 3600
"""Watching ends after this time without progress; the job itself continues."""


@dataclass(frozen=True, slots=True)
class Imported:
    job: dict[str, Any]
    """The last answer of GET /processing-jobs/{jobId}."""
    result: dict[str, Any] | None
    """The result file; None when the job failed."""
    files: tuple[Path, ...]
    """Copies of the result files."""
    seconds: float
    """From the end of the upload to the final status."""
    url: str
    """Of the job; it answers with fresh links to the result files."""

    @property
    def failed(self) -> bool:
        return bool(self.job["status"] == "FAILED")

    @property
    def valid_rows(self) -> int:
        """0 also for an import that failed: nothing of it can be approved."""
        return 0 if self.failed else int(self.job.get("counts", {}).get("validRows", 0))


def define_attributes(rest: Rest, file: Path, console: Console) -> None:
    """Create the attributes that `file`, a JSON array of bodies for POST /attributes, lists.

    Existing attributes are unchanged. Refusals of the API are printed, and the other attributes are
    still defined. Raises LauncherError for an unreadable file, and when an attribute was refused.
    """
    try:
        bodies = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LauncherError(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise LauncherError(f"{file} is not JSON: {error}.") from None
    if not isinstance(bodies, list) or not all(isinstance(body, dict) for body in bodies):
        raise LauncherError(f"{file} must hold a JSON array of attribute definitions.")
    created = 0
    refused: dict[str, ApiError] = {}
    for body in bodies:
        try:
            created += rest.create_attribute(body)
        except ApiError as error:
            refused[str(body.get("name"))] = error
    kept = len(bodies) - created - len(refused)
    console.print(
        f"[bold]{created}[/] attribute{'' if created == 1 else 's'} defined"
        + (f", {kept} {'was' if kept == 1 else 'were'} there already" if kept else "")
    )
    if kept:
        for name in differing(bodies, rest.attributes()):
            console.print(
                f"[yellow]![/] attribute [bold]{escape(name)}[/] exists with other rules than "
                f"{escape(file.name)} says; it stays as it is"
            )
    for name, refusal in refused.items():
        console.print(f"[red]✗[/] attribute [bold]{escape(name)}[/]: {escape(str(refusal))}")
    if refused:
        codes = ", ".join(sorted({refusal.code for refusal in refused.values()}))
        raise LauncherError(
            f"{len(refused)} of {len(bodies)} attributes of {file.name} were refused ({codes}), so "
            "nothing was imported: their columns would be ignored."
        )


def differing(bodies: list[dict[str, Any]], existing: list[dict[str, Any]]) -> list[str]:
    """Names of the bodies that differ from the existing definition."""
    existing_by_name = {definition["name"]: definition for definition in existing}
    return [
        body["name"]
        for body in bodies
        if any(
            existing_by_name.get(body["name"], {}).get(key) != value for key, value in body.items()
        )
    ]


def import_file(
    rest: Rest, file: Path, options: dict[str, Any], results: Path, console: Console
) -> Imported:
    """Upload `file`, wait for the job's final status and copy its result files below `results`.

    `options` are the reading options of the contract (delimiter, encoding, sheet, headerRow,
    onFault, maxFaultyRowsPercent).
    Raises LauncherError when the file cannot be read or the API refuses it.
    """
    if not file.is_file():
        raise LauncherError(f"There is no file {file}.")
    upload = rest.presigned_upload(file.name, options)
    rest.upload(upload["uploadUrl"], upload.get("headers", {}), file)
    uploaded_at = time.monotonic()
    job_id = rest.process_file(upload["s3Key"])
    job = watch(rest, job_id, file.name, console)
    seconds = time.monotonic() - uploaded_at
    folder = results / job_id
    files = tuple(
        rest.download(url, folder / file_name_of(name))
        for name, url in job.get("downloads", {}).items()
    )
    result = None
    if "resultDownloadUrl" in job:
        path = rest.download(job["resultDownloadUrl"], folder / "result.json")
        result = json.loads(path.read_text(encoding="utf-8"))
    return Imported(job=job, result=result, files=files, seconds=seconds, url=rest.job_url(job_id))


def file_name_of(artefact: str) -> str:
    named = {
        "result": "result.json",
        "rejected": "rejected.csv",
        "productsCsv": "products.csv",
        "productsParquet": "products.parquet",
    }
    return named.get(artefact, f"{artefact}.ndjson")


def watch(rest: Rest, job_id: str, title: str, console: Console) -> dict[str, Any]:
    """Poll the job until its final status, showing its progress. Returns the job."""
    with Progress(
        TextColumn("[bold]{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[stage]}"),
        TimeElapsedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as progress:
        bar = progress.add_task(title, total=100, stage="queued")
        started_at = time.monotonic()
        moved_at, last = started_at, None
        while True:
            job = rest.job(job_id)
            state = job.get("progress", {})
            progress.update(
                bar, completed=state.get("percent", 0), stage=state.get("stage", job["status"])
            )
            if job["status"] in FINAL:
                progress.update(bar, completed=100, stage=job["status"].lower().replace("_", " "))
                return job
            if (seen := (job["status"], state)) != last:
                moved_at, last = time.monotonic(), seen
            elif time.monotonic() - moved_at > GIVE_UP_SECONDS:
                raise LauncherError(
                    f"Job {job_id} has not moved for {GIVE_UP_SECONDS // 60} minutes "
                    f"(status {job['status']}). `make logs` shows what the functions say."
                )
            shortest, longest = POLL_SECONDS
            time.sleep(min(shortest + (time.monotonic() - started_at) / 20, longest))
