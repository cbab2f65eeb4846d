"""Products as a file: of the catalogue, or with JOB the valid rows of an import."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape

from core.jobs.orders import ExportFormat
from infra.client.variables import is_set
from infra.errors import LauncherError
from infra.operations.target import Target

POLL_SECONDS = 0.5
FORMATS = tuple(file_format.value for file_format in ExportFormat)


def export(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Write OUT, `products.csv` unless named, in the format of its name. FILTER is as of
    `GET /products`, COLUMNS are names of attributes, GUARDED makes a CSV safe for spreadsheets. A
    file that exists is replaced only with OVERWRITE."""
    path = Path(environment.get("OUT") or "products.csv").expanduser()
    job_id = environment.get("JOB", "")
    where = f"/processing-jobs/{quote(job_id, safe='')}/exports" if job_id else "/products/export"
    order = order_of(path, environment)
    if path.exists() and not is_set(environment, "OVERWRITE"):
        raise LauncherError(
            f"{path} exists already and stays as it is. Name another OUT=…, or add OVERWRITE=1."
        )
    started = target.rest.call("POST", where, order)
    job = _wait(target, started["jobId"])
    if job["status"] == "FAILED":
        raise LauncherError(job["message"])
    target.rest.download(job["downloads"]["export"], path)
    console.print(f"{escape(job['message'])} {escape(str(path))}")
    for notice in job.get("notices", ()):
        console.print(f"[yellow]{escape(notice['message'])}[/]")
    return 0


def order_of(path: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """The body of the call. Raises LauncherError for a file name without a known format."""
    file_format = path.suffix.removeprefix(".").lower()
    if file_format not in FORMATS:
        raise LauncherError(f"Name OUT so that it ends in one of .{', .'.join(FORMATS)}.")
    order: dict[str, Any] = {"format": file_format}
    if is_set(environment, "GUARDED"):
        order["guarded"] = True
    if environment.get("JOB"):
        if environment.get("FILTER") or environment.get("COLUMNS"):
            raise LauncherError(
                "FILTER and COLUMNS are for the catalogue; leave them out with JOB."
            )
        return order
    if filters := environment.get("FILTER", "").removeprefix("?"):
        order["filter"] = filters
    columns = [name.strip() for name in environment.get("COLUMNS", "").split(",")]
    if names := [name for name in columns if name]:
        order["columns"] = names
    return order


def _wait(target: Target, job_id: str) -> dict[str, Any]:
    while True:
        job = target.rest.job(job_id)
        if job["progress"]["stage"] == "finished":
            return job
        time.sleep(POLL_SECONDS)
