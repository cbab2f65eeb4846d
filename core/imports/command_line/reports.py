"""Reports of a validation: lines for people, one JSON object for programs, and an exit code."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from core.attributes.rules.model import Fault
from core.attributes.rules.shown import shown_text
from core.file_format import DetectedFormat
from core.imports.command_line.arguments import Validation
from core.imports.command_line.usage import printable
from core.imports.command_line.validating import Validated
from core.imports.model import ImportOutcome
from core.imports.output.messages import NOT_CLEAN
from core.imports.table.notices import did_you_mean
from core.outcomes import NoticeCode, Refusal
from core.wording import counted

CLEAN, FAULTY, UNREADABLE = 0, 1, 2
"""Exit codes."""

FIRST_FAULTS = 10
FIRST_CHANGES = 5
CELL_SHOWN = 60
"""Characters of a changed cell."""


def exit_code(request: Validation, validated: Validated) -> int:
    outcome = validated.outcome
    if isinstance(outcome, Refusal):
        return UNREADABLE
    if outcome.clean:
        return CLEAN
    in_doubt = any(notice.code in NOT_CLEAN for notice in outcome.notices)
    only_ignored = (
        outcome.valid_rows > 0 and outcome.faults == 0 and outcome.refusal is None and not in_doubt
    )
    return CLEAN if only_ignored and request.allow_ignored else FAULTY


def as_json(request: Validation, validated: Validated) -> str:
    """One object on one line. The counts have the names of `result.json`; null if the file was not
    read."""
    outcome, refusal = validated.outcome, validated.refusal
    read = outcome if isinstance(outcome, ImportOutcome) else None
    report: dict[str, Any] = {
        "file": printable(request.file),
        "exitCode": exit_code(request, validated),
        "clean": exit_code(request, validated) == CLEAN,
        "message": refusal.message if refusal else outcome.message,
        "refusal": refusal,
        "counts": _counts(read) if read else None,
        "ignoredHeaders": read.ignored_headers if read else [],
        "notices": read.notices if read else [],
        "format": validated.format,
        "truncated": read.truncated if read else False,
        "files": {path.name: printable(path) for path in validated.files},
    }
    return msgspec.json.encode(report).decode()


def _counts(outcome: ImportOutcome) -> dict[str, Any]:
    return {
        "rows": outcome.row_count,
        "blankRows": outcome.blank_rows,
        "validRows": outcome.valid_rows,
        "invalidRows": outcome.invalid_rows,
        "rowsWithSkippedValues": outcome.rows_with_skipped_values,
        "faults": outcome.faults,
        "faultsByCode": outcome.faults_by_code,
    }


def summary(request: Validation, validated: Validated) -> Iterator[str]:
    """Lines for a person."""
    outcome, refusal = validated.outcome, validated.refusal
    file = printable(request.file)
    if refusal is not None:
        yield f"{file}: not imported ({refusal.code})"
        yield f"  {refusal.message}"
    else:
        yield f"{file}: {'clean' if exit_code(request, validated) == CLEAN else 'not clean'}"
        yield f"  {outcome.message}"
    if isinstance(outcome, ImportOutcome):
        yield from _details(outcome, validated)
    yield from _first_faults(validated.files)
    yield from _first_changes(validated.files)
    if validated.files:
        yield ""
        yield from (f"  {printable(path)}" for path in validated.files)


def _details(outcome: ImportOutcome, validated: Validated) -> Iterator[str]:
    yield (
        f"  {counted(outcome.row_count, 'row')}: {outcome.valid_rows:,} valid, "
        f"{outcome.invalid_rows:,} invalid, {outcome.blank_rows:,} blank"
        + (
            f"; {outcome.rows_with_skipped_values:,} valid ones lost faulty values"
            if outcome.rows_with_skipped_values
            else ""
        )
    )
    if validated.format is not None:
        is_empty = any(notice.code is NoticeCode.EMPTY_FILE for notice in outcome.notices)
        headers = "" if is_empty else f", headers in row {validated.format.header_row}"
        yield f"  read as {_format(validated.format)}{headers}"
    yield from (f"  ! {n.message}" for n in outcome.notices if n.message != outcome.message)
    for header, meant in validated.did_you_mean.items():
        yield f'  ! column "{header}" was ignored; {did_you_mean(header, meant)}'
    if outcome.faults_by_code:
        yield ""
        by_number = sorted(outcome.faults_by_code.items(), key=lambda entry: (-entry[1], entry[0]))
        yield from (f"  {count:>9,}  {code}" for code, count in by_number)


def _format(seen: DetectedFormat) -> str:
    names = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
    parts = [seen.kind.value, seen.encoding]
    if seen.delimiter is not None:
        parts.append(names.get(seen.delimiter, repr(seen.delimiter)))
    if seen.sheet is not None:
        parts.append(f'sheet "{seen.sheet}"')
    return ", ".join(part for part in parts if part)


def _first_changes(files: tuple[Path, ...]) -> Iterator[str]:
    for path in files:
        if path.name != "changes.ndjson" or not path.stat().st_size:
            continue
        with path.open("rb") as lines:
            first = [msgspec.json.decode(line) for line in islice(lines, FIRST_CHANGES + 1)]
        yield ""
        for change in first[:FIRST_CHANGES]:
            before, after = (shown_text(change[at] or "", CELL_SHOWN) for at in ("before", "after"))
            steps = ", ".join(change["steps"])
            yield f'  Row {change["row"]}, "{change["column"]}": "{before}" → "{after}" ({steps})'
        if len(first) > FIRST_CHANGES:
            yield f"  … all changes: {printable(path)}"


def _first_faults(files: tuple[Path, ...]) -> Iterator[str]:
    for path in files:
        if path.name != "faults.ndjson" or not path.stat().st_size:
            continue
        with path.open("rb") as lines:
            first = list(islice(lines, FIRST_FAULTS + 1))
        yield ""
        for line in first[:FIRST_FAULTS]:
            yield f"  {msgspec.json.decode(line, type=Fault).message}"
        if len(first) > FIRST_FAULTS:
            yield f"  … all of them: {printable(path)}"
