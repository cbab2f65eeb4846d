"""Exports on the real machine: the rows of an import, and the catalogue."""

import io
import json
import uuid
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import openpyxl
import polars as pl
import pytest

from core.attributes.definitions import AttributeType
from core.attributes.requests import AttributeDraft
from handlers.api import jobs as jobs_api
from tests.api_calls import call
from tests.integration.commit_machine import CommitMachine
from tests.integration.export_machine import ExportMachine, export_machine
from tests.integration.import_machine import RESULTS, ImportMachine, table

DRAFTS = (
    AttributeDraft(name="Name", type=AttributeType.SHORT_TEXT),
    AttributeDraft(name="Price", type=AttributeType.NUMBER),
    AttributeDraft(name="EAN", type=AttributeType.BARCODE),
    AttributeDraft(name="Sold since", type=AttributeType.DATE),
)
FILE = table(
    ("Name", "Price", "EAN", "Sold since"),
    ("Chair", "10", "00012345678905", "2024-02-29"),
    ("=Table", "-2.5", "", ""),
    ("Lamp", "9007199254740993", "", "1899-01-01"),
)


@pytest.fixture
def exports(machine: ImportMachine) -> Iterator[ExportMachine]:
    machine.define(*DRAFTS)
    with export_machine(machine) as exports:
        yield exports


def result_file(machine: ImportMachine, job_id: str, name: str) -> bytes:
    key = f"results/{job_id}/1/{name}"
    body: bytes = machine.s3.get_object(Bucket=RESULTS, Key=key)["Body"].read()
    return body


def test_the_rows_of_an_import_are_exported_as_every_format(
    machine: ImportMachine, exports: ExportMachine
) -> None:
    machine.configure(chunk_target_bytes=40, export_part_rows=1)  # a part for each row
    job_id = machine.import_file(FILE).id

    job = exports.done(exports.ask(job_id, format="csv"))
    parquet = exports.exported(job_id, format="parquet")
    lines = exports.exported(job_id, format="ndjson")
    workbook = exports.exported(job_id, format="xlsx")

    assert (job["type"], job["status"]) == ("export", "COMPLETED"), job
    assert job["order"] == {"format": "csv", "importJobId": job_id, "importAttempt": 1}
    assert job["counts"] == {"rows": 3, "bytes": len(exports.file(job)), "omittedValues": 0}
    assert job["progress"] == {"stage": "finished", "percent": 100, "rows": 3}
    assert job["downloads"].keys() == {"result", "export"}
    assert exports.file(job) == result_file(machine, job_id, "products.csv")
    assert pl.read_parquet(io.BytesIO(parquet)).equals(
        pl.read_parquet(io.BytesIO(result_file(machine, job_id, "products.parquet")))
    )
    assert lines == result_file(machine, job_id, "products.ndjson")
    assert zipfile.ZipFile(io.BytesIO(workbook)).testzip() is None
    sheet = openpyxl.load_workbook(io.BytesIO(workbook)).active
    rows = [[(cell.value, cell.data_type) for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == [(name, "s") for name in ("Name", "Price", "EAN", "Sold since")]
    assert [cell[1] for cell in rows[1]] == ["s", "n", "s", "d"]
    assert rows[1][1:3] == [(10, "n"), ("00012345678905", "s")]
    assert rows[2][:2] == [("=Table", "s"), (-2.5, "n")]
    assert rows[3][1] == ("9007199254740993", "s")  # no double holds it


def test_a_guarded_csv_is_safe_in_a_spreadsheet_and_imports_back(
    machine: ImportMachine, exports: ExportMachine
) -> None:
    source = machine.import_file(FILE)

    guarded = exports.exported(source.id, format="csv", guarded=True)
    again = machine.import_file(guarded)

    assert b"'=Table,-2.5" in guarded
    assert (again.status, again.ignored_headers) == ("COMPLETED", ())
    assert result_file(machine, again.id, "products.ndjson") == result_file(
        machine, source.id, "products.ndjson"
    )


def test_the_files_of_a_large_result_are_linked_once_they_were_exported(
    machine: ImportMachine, exports: ExportMachine
) -> None:
    small = machine.import_file(FILE).id
    machine.configure(result_files_max_rows=2, chunk_target_bytes=40, export_part_rows=1)
    large = machine.import_file(FILE).id
    always = {"result", "faults", "rejected"}
    assert exports.shown(large)["downloads"].keys() == always

    orders: dict[str, dict[str, Any]] = {
        "productsCsvGuarded": {"format": "csv", "guarded": True},
        "productsCsv": {"format": "csv"},
        "products": {"format": "ndjson"},
        "productsXlsx": {"format": "xlsx"},
    }
    files = {kind: exports.exported(large, **order) for kind, order in orders.items()}

    links = exports.shown(large)["downloads"]
    assert links.keys() == always | orders.keys()
    keys = {kind: urlsplit(url).path.removeprefix("/") for kind, url in links.items()}
    for kind, data in files.items():
        assert machine.s3.get_object(Bucket=RESULTS, Key=keys[kind])["Body"].read() == data
    # byte for byte what a small result has at once
    for kind in orders.keys() - {"productsXlsx"}:
        key = urlsplit(exports.shown(small)["downloads"][kind]).path.removeprefix("/")
        assert machine.s3.get_object(Bucket=RESULTS, Key=key)["Body"].read() == files[kind]

    machine.s3.delete_object(Bucket=RESULTS, Key=keys["products"])  # as its retention does
    assert exports.shown(large)["downloads"].keys() == always | orders.keys() - {"products"}


def test_a_second_call_while_an_export_runs_gives_that_job(
    machine: ImportMachine, exports: ExportMachine
) -> None:
    job_id = machine.import_file(FILE).id
    replies: list[Any] = []
    machine.around("open_export", before=lambda: replies.append(exports.ask(job_id, format="csv")))

    first = exports.ask(job_id, format="csv")
    exports.wait()
    later = exports.ask(job_id, format="csv")

    assert replies[0].json["jobId"] == first.json["jobId"]
    assert later.json["jobId"] != first.json["jobId"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"format": "pdf"}, "format"),
        ({}, "format"),
        ({"format": "xlsx", "guarded": True}, "guarded"),
        ({"format": "csv", "columns": ["Name"]}, "columns"),
    ],
)
def test_what_cannot_be_exported_is_refused_by_name(
    machine: ImportMachine, exports: ExportMachine, body: dict[str, Any], field: str
) -> None:
    reply = exports.ask(machine.import_file(FILE).id, **body)

    assert reply.status == 400, reply.text
    assert [detail["field"] for detail in reply.json["details"]] == [field]


@pytest.mark.parametrize(
    "body", [{"format": "csv"}, {"format": "csv", "guarded": True}, {"format": "xlsx"}]
)
def test_the_catalogue_that_is_exported_imported_and_approved_again_is_unchanged(
    commits: CommitMachine, body: dict[str, Any]
) -> None:
    machine = commits.imports
    rows = [("A", "=1+1", "1e3", "2.5", "Red"), ("B", "007", "-0.5", "3 g", "Red;Blue")]
    rows.append(("C", "", "9007199254740993", "", ""))
    source = machine.import_file(table(("SKU", "Name", "Price", "Weight", "Colors"), *rows))
    assert commits.approve(source.id).commit_counts is not None
    before = commits.catalogue()

    with export_machine(machine) as exports:
        file = exports.file(exports.done(exports.ask_catalogue(**body)))
        key = f"user-uploads/{uuid.uuid4()}/again.{body['format']}"
        again = machine.import_file(file, key)
        counts = commits.approve(again.id).commit_counts

    assert (again.status, again.ignored_headers) == ("COMPLETED", ())
    assert counts is not None
    assert (counts.rows, counts.unchanged) == (3, 3)
    assert commits.catalogue() == before


@pytest.fixture
def catalogue(machine: ImportMachine, exports: ExportMachine) -> ExportMachine:
    """Five products; one of them has values that lost their type."""
    products = [{"_id": f"P{n}", "Name": f"Name {n}", "Price": n + 0.5} for n in range(4)]
    odd = {"_id": "P9", "Name": 9, "Price": "much", "Gone": "x", "Sold since": "2024-02-30"}
    machine.database["products"].insert_many([*products, odd])
    return exports


def test_products_are_exported_in_parts_and_what_lost_its_type_is_reported(
    machine: ImportMachine, catalogue: ExportMachine
) -> None:
    machine.configure(export_part_rows=2)

    job = catalogue.done(catalogue.ask_catalogue(format="csv"))

    assert catalogue.file(job).decode().splitlines() == [
        "Name,Price,EAN,Sold since",
        *(f"Name {n},{n}.5,," for n in range(4)),
        "9,,,",
    ]
    assert (job["status"], job["counts"]["rows"]) == ("COMPLETED_WITH_ISSUES", 5)
    assert job["counts"]["omittedValues"] == 2
    (notice,) = job["notices"]
    assert notice["code"] == "VALUES_LEFT_OUT"
    assert "“Price”, “Sold since”" in notice["message"]
    assert job["order"] == {"format": "csv", "filter": ""}
    assert job["originalFileName"] == "products.csv"


def test_a_filter_and_columns_choose_what_is_exported(
    machine: ImportMachine, catalogue: ExportMachine
) -> None:
    machine.configure(export_part_rows=1)
    body = {"filter": {"Price[gte]": 2}, "columns": ["Price", "Name"]}

    lines = catalogue.done(catalogue.ask_catalogue(format="ndjson", **body))
    parquet = catalogue.done(catalogue.ask_catalogue(format="parquet", **body))
    workbook = catalogue.done(catalogue.ask_catalogue(format="xlsx", **body))

    expected = [(2.5, "Name 2"), (3.5, "Name 3")]
    reported = [json.loads(line) for line in catalogue.file(lines).splitlines()]
    assert [(p["Price"], p["Name"]) for p in reported] == expected
    assert list(reported[0]) == ["Price", "Name"]
    assert pl.read_parquet(io.BytesIO(catalogue.file(parquet))).rows() == expected
    sheet = openpyxl.load_workbook(io.BytesIO(catalogue.file(workbook))).active
    assert list(sheet.iter_rows(values_only=True)) == [("Price", "Name"), *expected]


@pytest.mark.parametrize("file_format", ["csv", "xlsx", "ndjson", "parquet"])
def test_a_filter_that_finds_nothing_gives_a_file_without_products(
    catalogue: ExportMachine, file_format: str
) -> None:
    job = catalogue.done(catalogue.ask_catalogue(format=file_format, filter="Price[gte]=1000"))

    data = catalogue.file(job)
    assert (job["status"], job["counts"]["rows"]) == ("COMPLETED", 0)
    if file_format == "xlsx":
        rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))
        assert rows == [("Name", "Price", "EAN", "Sold since")]
    elif file_format == "parquet":
        assert pl.read_parquet(io.BytesIO(data)).shape == (0, 4)
    else:
        assert data == (b"Name,Price,EAN,Sold since\r\n" if file_format == "csv" else b"")


def test_a_product_that_is_deleted_meanwhile_is_left_out_and_new_ones_do_not_come_in(
    machine: ImportMachine, catalogue: ExportMachine
) -> None:
    machine.configure(export_part_rows=2)
    products = machine.database["products"]

    def change() -> None:
        products.delete_one({"_id": "P1"})
        products.replace_one({"_id": "P0b"}, {"Name": "New"}, upsert=True)

    machine.around("export_part", before=change)

    job = catalogue.done(catalogue.ask_catalogue(format="xlsx", columns=["Name"]))

    sheet = openpyxl.load_workbook(io.BytesIO(catalogue.file(job))).active
    names = [value for (value,) in sheet.iter_rows(min_row=2, values_only=True) if value]
    assert names == ["Name 0", "Name 2", "Name 3", "9"]
    assert job["counts"]["rows"] == 4


def test_a_text_that_no_cell_holds_fails_the_workbook_by_name_and_not_the_csv(
    machine: ImportMachine, catalogue: ExportMachine
) -> None:
    machine.database["products"].update_one({"_id": "P0"}, {"$set": {"Name": "x" * 32_768}})

    workbook = catalogue.done(catalogue.ask_catalogue(format="xlsx"))
    text = catalogue.done(catalogue.ask_catalogue(format="csv"))

    assert (workbook["status"], workbook["errorCode"]) == ("FAILED", "CELL_TOO_LONG")
    assert "“Name”" in workbook["message"]
    assert b"x" * 32_768 in catalogue.file(text)


def test_more_products_than_a_workbook_may_have_are_refused_before_the_work(
    machine: ImportMachine, catalogue: ExportMachine
) -> None:
    machine.configure(max_workbook_cells=10)

    job = catalogue.done(catalogue.ask_catalogue(format="xlsx"))

    assert (job["status"], job["errorCode"]) == ("FAILED", "EXPORT_TOO_LARGE")
    assert not any(call.name == "export_part" for call in machine.calls)


def test_a_task_that_fails_is_repeated_and_the_file_is_whole(
    machine: ImportMachine, catalogue: ExportMachine
) -> None:
    machine.configure(export_part_rows=2)
    machine.fail("export_part", times=2)

    job = catalogue.done(catalogue.ask_catalogue(format="csv", columns=["Name"]))

    assert catalogue.file(job).decode().splitlines()[1:] == [
        *(f"Name {n}" for n in range(4)),
        "9",
    ]


def test_a_function_that_stays_broken_fails_the_job_which_can_be_started_again(
    machine: ImportMachine, catalogue: ExportMachine
) -> None:
    machine.fail("export_part", times=9)
    failed = catalogue.done(catalogue.ask_catalogue(format="csv"))

    again = call(jobs_api.handler, "POST", f"/processing-jobs/{failed['_id']}/reprocess")
    catalogue.wait()

    assert (failed["status"], failed["errorCode"]) == ("FAILED", "INTERNAL_ERROR")
    assert again.status == 202, again.text
    assert catalogue.shown(failed["_id"])["counts"]["rows"] == 5
    assert catalogue.shown(failed["_id"])["attempt"] == 2


def test_a_file_that_expired_is_not_linked_any_more(
    machine: ImportMachine, catalogue: ExportMachine
) -> None:
    job = catalogue.done(catalogue.ask_catalogue(format="csv"))

    for name in ("export.csv", "result.json"):
        machine.s3.delete_object(Bucket=RESULTS, Key=f"exports/{job['_id']}/1/{name}")
    later = catalogue.shown(job["_id"])

    assert "downloads" not in later
    assert later["message"].endswith("ask for the export again.")


def test_a_cancelled_export_leaves_no_file(
    machine: ImportMachine, catalogue: ExportMachine
) -> None:
    def cancel() -> None:
        (job,) = machine.database["jobs"].find({"type": "export"})
        reply = call(jobs_api.handler, "POST", f"/processing-jobs/{job['_id']}/cancel")
        assert reply.status == 200, reply.text

    machine.around("export_part", before=cancel)

    job = catalogue.done(catalogue.ask_catalogue(format="csv"))

    assert (job["status"], job["errorCode"]) == ("FAILED", "CANCELLED")
    assert "downloads" not in job
