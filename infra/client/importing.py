"""Import a file through the REST API, as any client would, and watch it with a progress bar."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from core.wording import counted
from infra.client import downloads
from infra.client.rest import ApiError, Rest
from infra.errors import LauncherError

FINAL = frozenset({"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"})
POLL_SECONDS = (0.1, 2.0)
"""Between two requests for the job: at the beginning, and later. Each lists all chunks of an
import."""
SHOWN_CHARACTERS = 40
"""Of a value that an attribute had or gets."""
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


def define_attributes(
    rest: Rest, file: Path, console: Console, *, update: bool = False, hint: str = ""
) -> None:
    """Create the attributes that `file`, a JSON array of bodies for POST /attributes, lists. Those
    that exist with other rules are named and stay as they are; with `update` they are changed.
    `hint` is printed when one stays that differs.

    Raises LauncherError for an unreadable file, and when the API refused an attribute: each refusal
    is printed, and the attributes that this call created are removed again, so that a corrected
    file finds what the first one found. Those that it changed stay changed.
    """
    bodies = attribute_bodies(file)
    stayed = False
    existing = {definition["name"]: definition for definition in rest.attributes()}
    refused: dict[str, ApiError] = {}
    created: set[Any] = set()
    counts = {"changed": 0, "there already": 0}
    for body in bodies:
        name = body.get("name")
        before = existing.get(name) if isinstance(name, str) else None
        changes = {} if before is None else differences(body, before)
        if before is not None and changes:
            console.print(_announced(str(name), before, changes, file.name, update))
            stayed = not update or stayed
        try:
            if before is None:
                rest.call("POST", "/attributes", body)
                created.add(name)
            elif changes and update:
                rest.call("PUT", f"/attributes/{quote(before['_id'], safe='')}", changes)
                counts["changed"] += 1
            else:
                counts["there already"] += 1
        except ApiError as error:
            refused[str(name)] = error
    numbers = {"defined": len(created), **counts}
    reported = [f"{number} {what}" for what, number in numbers.items() if number]
    console.print(f"[bold]Attributes[/]: {', '.join(reported) or 'none defined'}")
    if stayed and hint:
        console.print(escape(hint))
    for name, refusal in refused.items():
        console.print(f"[red]✗[/] attribute [bold]{escape(name)}[/]: {escape(str(refusal))}")
    if refused:
        for definition in rest.attributes() if created else ():
            if definition["name"] in created:
                rest.call("DELETE", f"/attributes/{quote(definition['_id'], safe='')}")
        if created:
            console.print(f"{counted(len(created), 'attribute')} defined just now: removed again.")
        codes = ", ".join(sorted({refusal.code for refusal in refused.values()}))
        raise LauncherError(
            f"{len(refused)} of {len(bodies)} attributes of {file.name} were refused ({codes}), so "
            "nothing was imported: their columns would be ignored."
        )


def attribute_bodies(file: Path) -> list[dict[str, Any]]:
    """What the file lists. Raises LauncherError when it cannot be read, or lists anything else."""
    try:
        bodies = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise LauncherError(f"{file} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise LauncherError(f"{file} is not JSON: {error}.") from None
    if not isinstance(bodies, list) or not all(isinstance(body, dict) for body in bodies):
        raise LauncherError(f"{file} must hold a JSON array of attribute definitions.")
    return bodies


def differences(body: Mapping[str, Any], existing: Mapping[str, Any]) -> dict[str, Any]:
    """What `body` says and the definition does not. A setting that is false is one that is not
    set."""
    return {key: value for key, value in body.items() if _set(existing.get(key)) != _set(value)}


def _set(value: Any) -> Any:
    return None if value is False else value


def _announced(
    name: str, before: Mapping[str, Any], changes: Mapping[str, Any], file: str, update: bool
) -> str:
    reported = ", ".join(
        f"{key} {_shown(before.get(key))} → {_shown(changes[key])}" for key in changes
    )
    does = "is changed" if update else "stays as it is"
    return (
        f"[yellow]![/] attribute [bold]{escape(name)}[/] {does}; {escape(file)} has other rules: "
        f"{escape(reported)}"
    )


def _shown(value: Any) -> str:
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"


def import_file(
    rest: Rest,
    file: Path,
    options: dict[str, Any],
    results: Path,
    console: Console,
    *,
    profile: str | None = None,
    prepare: Callable[[], None] | None = None,
) -> Imported:
    """Upload `file`, wait for the job's final status and copy its result files below `results`.

    `options` are those of an upload, and replace those of the `profile`, each by itself. `prepare`
    is called when the API has accepted the name, the options and the profile, before the upload; or
    when it says that the profile names attributes that do not exist.
    Raises LauncherError when the file cannot be read or the API refuses it.
    """
    if not file.is_file():
        raise LauncherError(f"There is no file {file}.")
    try:
        upload = rest.presigned_upload(file.name, options, profile)
    except ApiError as error:  # the attributes that a profile lacks may be those to define
        if prepare is None or error.code != "PROFILE_OUTDATED":
            raise
        prepare()
        upload = rest.presigned_upload(file.name, options, profile)
    else:
        if prepare is not None:
            prepare()
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
    if folder.is_dir():
        downloads.record(folder, folder.iterdir())
    return Imported(job=job, result=result, files=files, seconds=seconds, url=rest.job_url(job_id))


def file_name_of(artefact: str) -> str:
    named = {
        "result": "result.json",
        "rejected": "rejected.csv",
        "productsCsvGuarded": "products-guarded.csv",
        "productsCsv": "products.csv",
        "productsParquet": "products.parquet",
        "productsXlsx": "products.xlsx",
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
