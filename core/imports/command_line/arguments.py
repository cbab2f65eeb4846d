"""The arguments of the command: the same reading options as an upload, with similar names."""

from __future__ import annotations

import argparse
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.clock import now
from core.file_format import ReadingOptions
from core.imports.command_line.attribute_files import read_options_file, read_profile_options
from core.imports.command_line.usage import UsageMistake, printable
from core.imports.reading_options import option_faults, options_of
from core.schemas import field_faults

EPILOG = """\
exit codes:
  0  clean: every row is valid and every column is read, as COMPLETED in the portal
  1  the file has faults, perhaps too many, or columns that no attribute reads, or no product at all
  2  the file cannot be read, or the command is wrong

example:
  .venv/bin/python -m core.imports validate products.csv --attributes attributes.json --out checked
"""

TRUTH = {"true": True, "false": False}

OPTION_OF_FIELD = {
    "delimiter": "--delimiter",
    "encoding": "--encoding",
    "sheet": "--sheet",
    "headerRow": "--header-row",
    "quoteChar": "--quote-char",
    "escapeChar": "--escape-char",
    "skipInitialSpace": "--skip-initial-space",
    "onFault": "--on-fault",
    "maxFaultyRowsPercent": "--max-faulty-percent",
    "headers": "--headers",
    "mapping": "--options",
    "locale": "--locale",
    "valueSteps": "--options",
}
"""Field of the reading options in a request → the command's option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposing:
    """The arguments of one run of `propose`."""

    file: Path
    out: Path
    """The file of attributes to write."""
    options: ReadingOptions
    as_json: bool
    existing: Path | None = None
    """Attributes that exist: columns that match one are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The arguments of one run of `validate`."""

    file: Path
    attributes: Path
    out: Path
    options: ReadingOptions
    jobs: int
    """Number of processes that validate chunks."""
    allow_ignored: bool
    """A file with columns that no attribute reads may still be clean."""
    as_json: bool
    job_id: str
    timestamp: datetime
    """The time of processing in the result file, with a time zone."""


def read_arguments(arguments: list[str] | None = None) -> Validation | Proposing:
    """Raises UsageMistake, and SystemExit with 2 for errors that argparse finds, or 0 for
    --help."""
    parsed = _parser().parse_args(arguments)
    if parsed.command == "propose":
        out, options = _folder(parsed.out), _options(parsed)
        return Proposing(
            file=parsed.file,
            out=out,
            options=options,
            as_json=parsed.json,
            existing=parsed.attributes,
        )
    if parsed.jobs < 1:
        raise UsageMistake(f"--jobs must be 1 or more, not {parsed.jobs}.")
    return Validation(
        file=parsed.file,
        attributes=parsed.attributes,
        out=_folder(parsed.out),
        options=_options(parsed),
        jobs=parsed.jobs,
        allow_ignored=parsed.allow_ignored_columns,
        as_json=parsed.json,
        job_id=_job_id(parsed.job_id, parsed.file),
        timestamp=_timestamp(parsed.timestamp),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core.imports", description="The import of the product portal, without AWS."
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="validate|propose")
    validate = commands.add_parser(
        "validate",
        help="check a file against attributes, and write the same results as an import",
        description="Check a CSV or a workbook against attributes, and write what an import would.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = validate.add_argument
    add("file", type=Path, metavar="FILE", help="CSV, TSV, xlsx, xlsm, xlsb, xls or ods")
    add(
        "--attributes",
        type=Path,
        required=True,
        metavar="FILE.json",
        help="a list of attribute definitions, or the response of GET /attributes",
    )
    add("--out", required=True, metavar="DIR", help="folder for the result files")
    _add_reading_options(validate)
    add("--on-fault", metavar="WHAT", help="skip_row (the default) or skip_value")
    add("--max-faulty-percent", metavar="P", help="refuse the file when more rows are faulty")
    add("--jobs", type=int, default=1, metavar="N", help="processes that check rows (default 1)")
    add("--allow-ignored-columns", action="store_true", help="they do not make the exit code 1")
    add("--json", action="store_true", help="one JSON object on stdout instead of the summary")
    add("--job-id", metavar="UUID", help="jobId in result.json (default: from the file's name)")
    add("--timestamp", metavar="ISO", help="time of processing in result.json (default: now)")
    propose = commands.add_parser(
        "propose",
        help="propose attributes for a file, from all of its rows",
        description="Propose attributes for a CSV or a workbook, and write them to a file that "
        "`validate --attributes` takes.",
    )
    propose.add_argument(
        "file", type=Path, metavar="FILE", help="CSV, TSV, xlsx, xlsm, xlsb, xls or ods"
    )
    propose.add_argument(
        "--out", required=True, metavar="FILE.json", help="file of attributes to write"
    )
    propose.add_argument(
        "--attributes",
        type=Path,
        metavar="FILE.json",
        help="attributes that exist: columns that match one are left out",
    )
    _add_reading_options(propose)
    propose.add_argument(
        "--json", action="store_true", help="one JSON object on stdout instead of the table"
    )
    return parser


def _add_reading_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--delimiter", help="one ASCII character, or tab, comma, semicolon, pipe, colon, space")
    add("--encoding", help="such as utf-8, utf-16, cp1252")
    add("--sheet", help="name of the sheet of a workbook")
    add("--header-row", metavar="N", help="the record that holds the headers; the first is 1")
    add("--quote-char", metavar="C", help="encloses cells: one character, or none")
    add("--escape-char", metavar="C", help="precedes a quote in a cell, or none")
    add("--skip-initial-space", choices=tuple(TRUTH), help="leave out blanks before a cell")
    add("--headers", metavar="HOW", help="exact (the default) or loose: case, blanks, - and _")
    add("--locale", metavar="HOW", help="auto: decide how numbers and dates are written")
    add("--profile", type=Path, metavar="FILE.json", help="an import profile, as JSON")
    add("--options", type=Path, metavar="FILE.json", help="reading options as JSON: mapping, …")


def _options(parsed: argparse.Namespace) -> ReadingOptions:
    given: dict[str, Any] = {
        "delimiter": parsed.delimiter,
        "encoding": parsed.encoding,
        "sheet": parsed.sheet,
        "headerRow": _number(int, "--header-row", parsed.header_row),
        "quoteChar": parsed.quote_char,
        "escapeChar": parsed.escape_char,
        "skipInitialSpace": TRUTH.get(parsed.skip_initial_space),
        "onFault": getattr(parsed, "on_fault", None),
        "maxFaultyRowsPercent": _number(
            float, "--max-faulty-percent", getattr(parsed, "max_faulty_percent", None)
        ),
        "headers": parsed.headers,
        "locale": parsed.locale,
    }
    in_file = read_options_file(parsed.options) if parsed.options else {}
    own = {name: value for name, value in given.items() if value is not None}
    of_profile = read_profile_options(parsed.profile) if parsed.profile else {}
    body = {"options": {**of_profile, **in_file, **own}}
    if parsed.sheet is not None and printable(parsed.sheet) != parsed.sheet:
        raise UsageMistake(f"--sheet is not UTF-8 text: {printable(parsed.sheet)}.")
    faults = [*field_faults("reading-options", body["options"]), *option_faults(body)]
    if faults:
        raise UsageMistake("\n".join(_about_option(fault.message) for fault in faults))
    return options_of(body) or ReadingOptions()


def _about_option(sentence: str) -> str:
    """A sentence about a field of a request, changed to name the command's option."""
    for field, option in OPTION_OF_FIELD.items():
        if sentence.startswith((f"“{field}” ", f"{field} ")):
            return option + sentence.removeprefix("“").removeprefix(field).removeprefix("”")
    return sentence


def _number(kind: type[int] | type[float], option: str, text: str | None) -> int | float | None:
    try:
        return None if text is None else kind(text)
    except ValueError:
        what = "a whole number" if kind is int else "a number"
        raise UsageMistake(f"{option} must be {what}, not {text!r}.") from None


def _job_id(text: str | None, file: Path) -> str:
    if text is None:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, printable(file.name)))
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise UsageMistake(f"--job-id must be a UUID, not {text!r}.") from None


def _folder(text: str) -> Path:
    if not text.strip():  # more likely an unset variable than the current folder
        raise UsageMistake("--out is empty; name a folder.")
    return Path(text)


def _timestamp(text: str | None) -> datetime:
    if text is None:
        return now()
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # in UTC it may be outside the range of years
        raise UsageMistake(
            f"--timestamp must be a time such as 2026-03-01T10:00:00Z, not {text!r}."
        ) from None
