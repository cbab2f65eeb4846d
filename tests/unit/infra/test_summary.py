"""What a person, or a log file, reads of an import."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from infra.local.importing import Imported, define_attributes, differing
from infra.local.rest import Rest
from infra.local.summary import show

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
        result={"faults": faults},
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


@pytest.mark.parametrize(
    ("more", "told"), [(1, "and 1 more column was ignored"), (2, "and 2 more columns were ignored")]
)
def test_ignored_columns_beyond_the_first_are_counted(more: int, told: str) -> None:
    columns = [{"header": f"H{n}", "column": n} for n in range(8 + more)]

    assert told in shown({**JOB, "ignoredColumns": columns}, [FAULT])


@pytest.mark.parametrize(
    ("new", "there", "told"),
    [
        (1, 0, "1 attribute defined\n"),
        (2, 1, "2 attributes defined, 1 was there already\n"),
        (0, 2, "0 attributes defined, 2 were there already\n"),
    ],
)
def test_attributes_that_are_defined_are_counted(
    tmp_path: Path, new: int, there: int, told: str
) -> None:
    class Api:
        def create_attribute(self, body: dict[str, Any]) -> bool:
            return bool(body["new"])

        def attributes(self) -> list[dict[str, Any]]:
            return bodies

    bodies = [{"name": f"A{n}", "new": n < new} for n in range(new + there)]
    file = tmp_path / "attributes.json"
    file.write_text(json.dumps(bodies), encoding="utf-8")
    sink = io.StringIO()

    define_attributes(cast("Rest", Api()), file, Console(file=sink, width=120))

    assert sink.getvalue() == told


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
    ("given", "names"),
    [
        ({"name": "Price", "type": "number"}, []),
        ({"name": "Price", "type": "short_text"}, ["Price"]),
        ({"name": "price", "type": "number"}, ["price"]),
    ],
)
def test_an_attribute_that_stands_with_other_rules_is_named(
    given: dict[str, Any], names: list[str]
) -> None:
    stands = [{"_id": "price", "name": "Price", "type": "number", "isRequired": False}]

    assert differing([given], stands) == names
