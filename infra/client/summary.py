"""What an import came to, for a person's eyes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from core.wording import counted
from infra.client.importing import Imported

KEPT = ("PROFILE", "OPTIONS", "HEADERS", "LOCALE", "DELIMITER", "ON_FAULT", "MAX_FAULTY_PERCENT")
"""Settings that `rejected.csv` needs as well. It is UTF-8, with its headers in the first row."""
FIRST_FAULTS = 8
FIRST_IGNORED = 8
VALUE_CHARACTERS = 28

STATUS_STYLE = {"COMPLETED": "green", "COMPLETED_WITH_ISSUES": "yellow", "FAILED": "red"}
UNDEFINED = (None, "NO_ATTRIBUTES", "MAPPING_INVALID", "VALUE_STEPS_INVALID", "PROFILE_NOT_FOUND")
"""Codes of imports whose file may be right as it is: other definitions give another outcome."""
FAILURES = ("INTERNAL_ERROR", "TIMED_OUT", "STALLED", "CANCELLED")
"""Codes of imports that another try may complete (docs/codes.md, *Failures*)."""
LINE_ENDS = {"\n": "LF", "\r\n": "CRLF", "\r": "CR"}
LABELS = {
    "products.csv": "valid rows, CSV",
    "products-guarded.csv": "valid rows, CSV for Excel",
    "products.parquet": "valid rows, Parquet",
    "products.xlsx": "valid rows, Excel",
    "products.ndjson": "valid rows, JSON lines",
    "rejected.csv": "rows to mend",
}
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}


def show(imported: Imported, console: Console) -> None:
    """Print the summary of one import."""
    job = imported.job
    style = STATUS_STYLE[job["status"]]
    console.print()
    console.rule(
        f"[bold]{escape(job['originalFileName'])}[/]  "
        f"[{style}]{job['status'].lower().replace('_', ' ')}[/]",
        align="left",
        style="dim",
    )
    if imported.failed:
        console.print(f"[red]{escape(job.get('errorDetails', 'The import failed.'))}[/]")
        console.print(f"[dim]code {job.get('errorCode')}, job {job['_id']}[/]")
        if imported.files:  # its rows were validated, so the files name the faults
            console.print(_kinds(job["counts"]["faultsByCode"]))
            _files(imported, console)
        return
    if imported.result:
        console.print(_columns(imported.result))
    console.print(escape(job.get("message", "")))
    console.print(_counts(job.get("counts", {}), imported.seconds))
    console.print(f"[dim]read as {_format(job.get('format', {}))}[/]")
    for notice in job.get("notices", ()):
        if notice["message"] != job.get("message"):
            console.print(f"[yellow]![/] {escape(notice['message'])}")
    _ignored(job.get("ignoredColumns", []), console)
    if imported.result and imported.result.get("faults"):
        console.print()
        console.print(_kinds(job["counts"]["faultsByCode"]))
        console.print(_first_faults(imported.result["faults"], job["counts"]["faults"]))
    _files(imported, console)


def next_steps(imported: Imported, settings: Mapping[str, str]) -> list[str]:
    """Commands for the next steps; `settings` are those of the command, of which the corrected rows
    need the ones that do not depend on the layout of the file."""
    job_id = imported.job["_id"]
    rejected = [path for path in imported.files if path.stem == "rejected"]
    has_faults = bool(imported.job.get("counts", {}).get("invalidRows"))
    steps = []
    if imported.valid_rows:
        steps.append(f"Take the valid rows into the catalogue: make approve JOB={job_id}")
    if imported.valid_rows and "products" not in imported.job.get("downloads", {"products"}):
        steps.append(
            "They are too many to be written at once; as a file: "
            f"make export JOB={job_id} OUT=products.csv GUARDED=1"
        )
    if has_faults and rejected:
        kept = "".join(f" {name}={quote(settings[name])}" for name in KEPT if settings.get(name))
        steps.append(f"Mend the other rows, then: make import FILE={shown(rejected[0])}{kept}")
    if imported.job.get("ignoredColumns") and not imported.failed:
        steps.append(f"See which attributes the other columns resemble: make mapping JOB={job_id}")
    code = imported.job.get("errorCode")
    if code == "NO_ATTRIBUTES":
        steps.append(f"Have attributes proposed from the file: make attributes JOB={job_id}")
    if not imported.valid_rows:
        again = f"make reprocess JOBS={job_id}"
        if code in UNDEFINED:
            steps.append(f"Define what is missing, then import it again: {again}")
        elif code in FAILURES:
            steps.append(f"Start it again: {again}")
        else:
            steps.append("Mend the file, or say how to read it, then: make import FILE=…")
        steps.append(f"What happened: make logs JOB={job_id}")
    return steps


def _ignored(columns: list[dict[str, Any]], console: Console) -> None:
    """The columns with a suggestion first: there something can be won."""
    ordered = sorted(columns, key=lambda column: not column.get("didYouMean"))
    for column in ordered[:FIRST_IGNORED]:
        meant = column.get("didYouMean")
        hint = f"; did you mean [bold]{escape(meant)}[/]?" if meant else ""
        console.print(f"[yellow]![/] column [bold]{escape(column['header'])}[/] was ignored{hint}")
    more = len(columns) - FIRST_IGNORED
    if more > 0:
        verb = "was" if more == 1 else "were"
        console.print(f"[yellow]![/] and {counted(more, 'more column')} {verb} ignored")


def _columns(result: Mapping[str, Any]) -> Text:
    """Before the rows: a row is validated by its columns that are read, however few they are."""
    total, ignored = len(result["originalHeaders"]), len(result["ignoredHeaders"])
    if not ignored:
        return Text(f"{counted(total, 'column')}, none ignored")
    return Text(f"{ignored:,} of {counted(total, 'column')} ignored, see below", "yellow")


def _counts(counts: dict[str, Any], seconds: float) -> Text:
    text = Text()
    text.append(counted(counts.get("rows", 0), "row"), style="bold")
    text.append(f"   {counts.get('validRows', 0):,} valid", style="green")
    invalid = counts.get("invalidRows", 0)
    text.append(f"   {invalid:,} invalid", style="red" if invalid else "dim")
    if kept := counts.get("rowsWithSkippedValues", 0):
        text.append(f"   {kept:,} kept without faulty values", style="yellow")
    text.append(f"   {counts.get('blankRows', 0):,} blank", style="dim")
    text.append(f"   {seconds:.1f} s from upload to result", style="dim")
    return text


def _format(seen: dict[str, Any]) -> str:
    parts = [str(seen.get("kind", "?"))]
    if delimiter := seen.get("delimiter"):
        parts.append(DELIMITERS.get(delimiter, repr(delimiter)))
    if encoding := seen.get("encoding"):
        parts.append(encoding)
    if line_end := seen.get("lineEnd"):
        parts.append(LINE_ENDS.get(line_end, repr(line_end)))
    if sheet := seen.get("sheet"):
        parts.append(f"sheet {escape(repr(sheet))}")
    parts.append(f"headers in row {seen.get('headerRow', 1)}")
    return ", ".join(parts)


def _kinds(by_code: dict[str, int]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(justify="right", style="bold red")
    table.add_column()
    for code, count in sorted(by_code.items(), key=lambda entry: (-entry[1], entry[0])):
        table.add_row(f"{count:,}", code.replace("_", " ").lower())
    return table


def _first_faults(faults: list[dict[str, Any]], total: int) -> Table:
    shown = faults[:FIRST_FAULTS]
    title = "all faults" if len(shown) == total else f"the first {len(shown)} of {total:,} faults"
    table = Table(title=title, title_justify="left", title_style="dim", box=None, pad_edge=False)
    table.add_column("row", justify="right")
    table.add_column("column", style="bold")
    table.add_column("value", style="cyan", no_wrap=True)
    table.add_column("what is wrong")
    for fault in shown:
        value = fault.get("value") or ""
        if len(value) > VALUE_CHARACTERS:
            value = value[: VALUE_CHARACTERS - 1] + "…"
        table.add_row(
            "" if fault["row"] is None else str(fault["row"]),
            Text(fault["column"] or ""),
            Text(value),
            Text(_without_place(fault["message"])),
        )
    return table


def _without_place(message: str) -> str:
    """The sentence without its leading `Row n, column "x": `, which the table shows already."""
    head, colon, rest = message.partition('": ')
    return rest if colon and head.startswith("Row ") else message


def _files(imported: Imported, console: Console) -> None:
    if not imported.files:
        return
    console.print()
    for path in imported.files:
        console.print(f"[dim]{_label(path):>25}[/]  {escape(shown(path))}", soft_wrap=True)
    console.print(f"[dim]{'job':>25}[/]  {escape(imported.url)}", soft_wrap=True)


def _label(path: Path) -> str:
    """The valid rows come in several kinds, which a label tells apart."""
    return LABELS.get(path.name, path.stem)


def shown(path: Path) -> str:
    """Relative to the working directory, if it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
