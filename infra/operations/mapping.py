"""A mapping proposed for the columns of JOB, an import, that feed no attribute."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra.client.importing import watch
from infra.client.variables import is_set
from infra.errors import LauncherError
from infra.operations.restarts import job_id_of
from infra.operations.target import Target


def propose_mapping(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Print the proposals, made by rules or, with BY=model, by the configured model. OUT saves the
    options that hold them; with ACCEPT the import is started again with these options."""
    job_id = job_id_of(environment, "mapping")
    file = _file_to_write(environment)
    by = environment.get("BY", "").strip() or "rules"
    path = f"/uploads/{quote(job_id, safe='')}/mapping-proposal"
    found = target.rest.call("POST", path, {"by": by})
    if found["proposals"]:
        console.print(_table(found["proposals"]))
    for column in found["unmatched"]:
        why = f" {column['reason']}" if "reason" in column else ""
        console.print(f"[dim]Unmatched: {escape(column['header'])}.{escape(why)}[/]")
    console.print(escape(found["message"]), soft_wrap=True)
    if "options" not in found:
        return 0
    if file is not None:
        text = json.dumps(found["options"], ensure_ascii=False, indent=2)
        file.write_text(f"{text}\n", encoding="utf-8")
        console.print(f"The options are in {escape(str(file))}.")
    if is_set(environment, "ACCEPT"):
        return _accept(target, job_id, found["options"], console)
    if found["by"] == "rules":
        again = f"make mapping JOB={job_id} ACCEPT=1{target.suffix}"
        console.print(f"[dim]Import the file again with this mapping: {again}[/]", soft_wrap=True)
    if file is not None:
        console.print("[dim]Import a file with it: make import FILE=… OPTIONS=…[/]")
    else:  # a model that is asked again may answer otherwise
        chosen = f" BY={by}" if found["by"] == "model" else ""
        save = f"make mapping JOB={job_id}{chosen} OUT=options.json{target.suffix}"
        console.print(f"[dim]Have it as a file, to correct it: {save}[/]", soft_wrap=True)
    return 0


def _accept(target: Target, job_id: str, options: Any, console: Console) -> int:
    path = f"/processing-jobs/{quote(job_id, safe='')}/reprocess"
    target.rest.call("POST", path, {"options": options})
    job = watch(target.rest, job_id, "import", console)
    console.print(escape(job["message"]))
    if not job.get("counts", {}).get("validRows"):
        return 1
    console.print(f"[dim]Save its products: make approve JOB={job_id}{target.suffix}[/]")
    return 0


def _file_to_write(environment: Mapping[str, str]) -> Path | None:
    """Checked before a model is paid for."""
    name = environment.get("OUT", "").strip()
    if not name:
        return None
    file = Path(name).expanduser()
    if not file.parent.is_dir():
        raise LauncherError(f"There is no folder {file.parent}.")
    if file.exists() and not is_set(environment, "OVERWRITE"):
        raise LauncherError(f"{file} exists. To replace it: the same command with OVERWRITE=1")
    return file


def _table(proposals: list[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("header", "attribute", "sure", "why"):
        table.add_column(heading)
    for each in proposals:
        texts = (each["header"], each["attribute"], f"{each['confidence']:.0%}", each["reason"])
        table.add_row(*map(escape, texts))
    return table
