"""What a person, or a log file, reads of an import."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote

import pytest
from rich.console import Console

from infra.client.demo_attributes import required_for_the_demo
from infra.client.importing import Imported, file_name_of
from infra.client.rest import Rest
from infra.client.summary import next_steps, show

JOB: dict[str, Any] = {
    "_id": "7d1c",
    "status": "COMPLETED_WITH_ISSUES",
    "originalFileName": "list [new].csv",
    "message": "1 of 2 rows is valid.",
    "counts": {
        "rows": 2,
        "blankRows": 0,
        "validRows": 1,
        "invalidRows": 1,
        "faults": 1,
        "faultsByCode": {"NOT_A_NUMBER": 1},
    },
    "format": {"kind": "text", "delimiter": ";", "encoding": "cp1252", "lineEnd": "\r\n"},
    "notices": [{"code": "REPAIRED_QUOTES", "message": "Stray quotes were read as text."}],
    "ignoredColumns": [{"header": "Colour", "column": 3, "didYouMean": "Color"}],
}
FAULT = {
    "row": 2,
    "column": "Price",
    "code": "NOT_A_NUMBER",
    "value": "ten",
    "message": 'Row 2, column "Price": "ten" is not a number.',
}


def shown(job: dict[str, Any], faults: list[dict[str, Any]], files: tuple[Path, ...] = ()) -> str:
    """The summary as a pipe gets it."""
    sink = io.StringIO()
    imported = Imported(
        job=job,
        result={"faults": faults, "originalHeaders": list("abcd"), "ignoredHeaders": list("cd")},
        files=files,
        seconds=1.0,
        url="http://127.0.0.1/processing-jobs/7d1c",
    )
    show(imported, Console(file=sink, width=120))
    return sink.getvalue()


def test_the_summary_tells_counts_faults_hints_and_where_the_files_lie(tmp_path: Path) -> None:
    text = shown(JOB, [FAULT], (tmp_path / "rejected.csv",))

    for part in (
        "list [new].csv",
        "2 of 4 columns ignored, see below\n1 of 2 rows is valid.",
        "2 rows   1 valid   1 invalid",
        "semicolon, cp1252, CRLF",
        "Stray quotes were read as text.",
        "column Colour was ignored; did you mean Color?",
        "1  not a number",
        '"ten" is not a number.',
        str(tmp_path / "rejected.csv"),
        "http://127.0.0.1/processing-jobs/7d1c",
    ):
        assert part in text


def test_every_file_has_a_label_of_its_own(tmp_path: Path) -> None:
    kinds = ("productsCsvGuarded", "productsCsv", "productsParquet", "productsXlsx", "products")
    names = [file_name_of(kind) for kind in (*kinds, "rejected", "result", "faults")]
    lines = shown(JOB, [], tuple(tmp_path / name for name in names)).splitlines()
    labels = [line.split("  /")[0].strip() for line in lines if str(tmp_path) in line]
    assert len(set(labels)) == len(names)


@pytest.mark.parametrize(
    ("more", "reported"),
    [(1, "and 1 more column was ignored"), (2, "and 2 more columns were ignored")],
)
def test_ignored_columns_beyond_the_first_are_counted(more: int, reported: str) -> None:
    columns = [{"header": f"H{n}", "column": n} for n in range(8 + more)]

    assert reported in shown({**JOB, "ignoredColumns": columns}, [FAULT])


def test_one_row_is_told_as_one() -> None:
    counts = {**JOB["counts"], "rows": 1, "validRows": 0}

    assert "1 row   0 valid   1 invalid" in shown({**JOB, "counts": counts}, [FAULT])


def test_a_pipe_gets_neither_colours_nor_a_spinner() -> None:
    text = shown(JOB, [FAULT])

    assert "\x1b" not in text
    assert "\r" not in text


def test_what_a_file_says_is_never_read_as_markup() -> None:
    fault = {**FAULT, "column": "[red]Price[/red]", "value": "[/nonsense]"}

    text = shown({**JOB, "message": "[bold]x[/]"}, [fault])

    assert "[red]Price[/red]" in text
    assert "[/nonsense]" in text
    assert "[bold]x[/]" in text


def test_a_failed_import_says_why_and_names_its_code() -> None:
    job = {
        "_id": "7d1c",
        "status": "FAILED",
        "originalFileName": "x.csv",
        "errorCode": "NUL_BYTES",
        "errorDetails": "The file holds NUL bytes.",
    }

    text = shown(job, [])

    assert "The file holds NUL bytes." in text
    assert "NUL_BYTES" in text


def test_kept_rows_are_counted_and_a_file_that_failed_by_its_rows_says_what_to_mend(
    tmp_path: Path,
) -> None:
    counts = {**JOB["counts"], "rowsWithSkippedValues": 3}
    assert "3 kept without faulty values" in shown({**JOB, "counts": counts}, [])

    failed = {
        **JOB,
        "status": "FAILED",
        "errorCode": "TOO_MANY_FAULTY_ROWS",
        "errorDetails": "Mend.",
    }
    text = shown(failed, [], (tmp_path / "faults.ndjson",))

    for part in ("Mend.", "TOO_MANY_FAULTY_ROWS", "1  not a number", "faults.ndjson"):
        assert part in text


@pytest.mark.parametrize(
    ("status", "counts", "valid", "reported"),
    [
        (
            "COMPLETED",
            {"validRows": 2, "invalidRows": 0},
            2,
            ["make approve JOB=7d1c", "make mapping JOB=7d1c"],
        ),
        (
            "COMPLETED_WITH_ISSUES",
            {"validRows": 1, "invalidRows": 1},
            1,
            ["make approve JOB=7d1c", "make import FILE=", "make mapping JOB=7d1c"],
        ),
        (
            "COMPLETED_WITH_ISSUES",
            {"validRows": 0, "invalidRows": 0},
            0,
            ["make mapping JOB=7d1c", "make reprocess JOBS=7d1c", "make logs JOB=7d1c"],
        ),
        ("FAILED", {}, 0, ["make reprocess JOBS=7d1c", "make logs JOB=7d1c"]),
    ],
)
def test_an_import_names_the_commands_that_go_on_from_it(
    status: str, counts: dict[str, int], valid: int, reported: list[str]
) -> None:
    job = {**JOB, "status": status, "counts": counts}
    files = (Path("rejected.csv"),)
    imported = Imported(job=job, result=None, files=files, seconds=1, url="http://127.0.0.1")

    assert imported.valid_rows == valid
    steps = next_steps(imported, {})
    assert len(steps) == len(reported)
    for step, command in zip(steps, reported, strict=True):
        assert command in step


def test_corrected_rows_are_read_as_the_file_was_but_for_its_layout() -> None:
    job = {**JOB, "status": "COMPLETED_WITH_ISSUES", "counts": {"validRows": 1, "invalidRows": 1}}
    imported = Imported(job=job, result=None, files=(Path("rejected.csv"),), seconds=1, url="")
    given = {
        "OPTIONS": "my options.json",
        "DELIMITER": ";",
        "HEADER_ROW": "3",
        "ENCODING": "cp1252",
    }

    command = next_steps(imported, given)[1]

    assert command.endswith("rejected.csv OPTIONS='my options.json' DELIMITER=';'")


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("NO_ATTRIBUTES", "make attributes JOB=7d1c"),
        ("MAPPING_INVALID", "Define what is missing"),
        ("STALLED", "Start it again: make reprocess JOBS=7d1c"),
        ("SHEET_NOT_FOUND", "then: make import FILE=…"),
    ],
)
def test_a_failed_import_is_started_again_only_where_that_can_help(code: str, first: str) -> None:
    job = {**JOB, "status": "FAILED", "errorCode": code}
    steps = next_steps(Imported(job=job, result=None, files=(), seconds=1, url=""), {})

    assert first in steps[0]
    assert ("make reprocess" in "".join(steps)) == (code != "SHEET_NOT_FOUND")


def test_valid_rows_that_are_no_file_yet_come_with_the_command_that_makes_one() -> None:
    def steps(**links: str) -> list[str]:
        job = {**JOB, "status": "COMPLETED", "downloads": links}
        return next_steps(Imported(job=job, result=None, files=(), seconds=1, url=""), {})

    assert "make export JOB=7d1c" in steps(result="https://a")[1]
    assert "make export" not in "".join(steps(result="https://a", products="https://b"))


def test_what_the_demo_requires_is_optional_afterwards_unless_a_user_said_so(
    tmp_path: Path,
) -> None:
    required = {
        "New": None,
        "Left by a demo": False,
        "A user's own": True,
        "Of another type": False,
    }
    file = tmp_path / "attributes.json"
    wanted = [{"name": name, "type": "number", "isRequired": True} for name in required]
    file.write_text(json.dumps([*wanted, {"name": "Optional", "type": "number"}]))
    api = Catalogue()
    for name, is_required in required.items():
        if is_required is not None:
            kind = "url" if name == "Of another type" else "number"
            api.define({"name": name, "type": kind, "isRequired": is_required})

    with required_for_the_demo(cast("Rest", api), file):
        assert api.required() == {"A user's own", "Left by a demo"}
        for body in json.loads(file.read_text()):
            api.define(body)
        assert api.required() == {"A user's own", "Left by a demo", "New"}

    assert api.required() == {"A user's own"}


class Catalogue:
    """The attributes of an API."""

    def __init__(self) -> None:
        self._attributes: dict[str, dict[str, Any]] = {}

    def define(self, body: dict[str, Any]) -> None:
        fresh = {"_id": body["name"], "isRequired": False, **body}
        self._attributes.setdefault(body["name"], fresh)

    def required(self) -> set[str]:
        return {name for name, each in self._attributes.items() if each["isRequired"]}

    def attributes(self) -> list[dict[str, Any]]:
        return [dict(each) for each in self._attributes.values()]

    def call(self, method: str, path: str, body: dict[str, Any]) -> None:
        assert method == "PUT"
        self._attributes[unquote(path.removeprefix("/attributes/"))].update(body)
