"""`python -m core.imports validate`: its exit codes, its files, and what it says to bad input."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from core.imports.command_line.arguments import OPTION_OF_FIELD
from core.schemas import load
from core.uploads.requests import TEXT_SUFFIXES, WORKBOOK_SUFFIXES
from tests.bench.generate import Shape, attributes_path, write
from tests.sources import ROOT
from tests.unit.imports.command_line.command_line_kit import (
    CLEAN,
    FAULTY,
    NAMED,
    SAMPLES,
    Run,
)


def test_a_clean_file_ends_with_0_and_its_products(run: Run) -> None:
    assert run(CLEAN) == 0

    assert (
        run.files["products.ndjson"]
        == b'{"Name":"Chair","Price":10}\n{"Name":"Table","Price":20.5}\n'
    )
    assert run.files["faults.ndjson"] == b""
    assert "clean" in run.said and "2 valid" in run.said
    assert run.complained == ""


def test_faults_end_with_1_and_are_told(run: Run) -> None:
    assert run(FAULTY) == 1

    assert 'Row 2, column "Price": "cheap" is not a number.' in run.said
    assert "1  NOT_A_NUMBER" in run.said
    assert len(run.files["faults.ndjson"].splitlines()) == 2
    assert run.files["rejected.csv"].count(b"\n") == 3


def test_a_file_that_cannot_be_read_ends_with_2_and_leaves_nothing(run: Run) -> None:
    assert run(b"PK\x03\x04 this was a workbook once") == 2

    assert "not imported" in run.said
    assert run.files == {}


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "yesterday"])
def test_a_time_that_is_none_is_told(run: Run, time: str) -> None:
    assert run(CLEAN, "--timestamp", time) == 2
    assert "--timestamp must be a time such as" in run.complained


@pytest.mark.parametrize(("more", "code"), [((), 1), (("--allow-ignored-columns",), 0)])
def test_a_column_that_nobody_reads_is_not_clean_unless_allowed(
    run: Run, more: tuple[str, ...], code: int
) -> None:
    assert run("Name,Prise\nChair,10\n", *more) == code

    assert 'column "Prise" was ignored; did you mean "Price"?' in run.said


def test_a_header_that_only_looks_like_an_attribute_names_the_letter(run: Run) -> None:
    run("Name,\u0420rice\nChair,10\n")

    assert 'did you mean "Price"? The header has U+0420 CYRILLIC CAPITAL LETTER ER' in run.said


def test_allowing_ignored_columns_allows_no_fault(run: Run) -> None:
    assert run("Name,Prise\n,10\nChair,1\n", "--allow-ignored-columns") == 1


@pytest.mark.parametrize("content", ["", "Name,Price\n"])
def test_a_file_without_products_is_not_clean(run: Run, content: str) -> None:
    assert run(content, "--allow-ignored-columns") == 1


def test_too_many_faulty_rows_are_a_refusal_that_keeps_the_faults(run: Run) -> None:
    assert run(FAULTY) == 1
    imported = run.files

    assert run(FAULTY, "--max-faulty-percent", "10") == 1

    assert "TOO_MANY_FAULTY_ROWS" in run.said
    assert "products" not in run.said.partition("Nothing was imported")[2]
    assert run.files == {name: imported[name] for name in ("faults.ndjson", "rejected.csv")}


def test_machines_are_told_that_too_many_rows_are_faulty(run: Run) -> None:
    assert run(FAULTY, "--max-faulty-percent", "10", "--json") == 1

    reported = json.loads(run.said)
    assert reported["refusal"]["code"] == "TOO_MANY_FAULTY_ROWS"
    assert reported["message"] == reported["refusal"]["message"]
    assert reported["message"].startswith("2 of 3 rows (66.67%) have faults, and at most 10% may.")
    assert reported["counts"]["validRows"] == 1
    assert set(reported["files"]) == {"faults.ndjson", "rejected.csv"}


def test_a_policy_that_skips_values_keeps_the_row(run: Run) -> None:
    assert run(FAULTY, "--on-fault", "skip_value") == 1

    assert b'{"Name":"Table"}\n' in run.files["products.ndjson"]
    assert "1 valid ones lost faulty values" in run.said


@pytest.mark.parametrize(
    ("content", "options"),
    [
        (CLEAN.replace(",", ";"), ["--delimiter", "semicolon"]),
        (CLEAN.replace(",", "\t"), ["--delimiter", "tab"]),
        (f"Prices of 2026\n\n{CLEAN}", ["--header-row", "3"]),
        (CLEAN.encode("utf-16-le"), ["--encoding", "utf-16-le"]),
    ],
)
def test_reading_options_are_those_of_an_upload(
    run: Run, content: str | bytes, options: list[str]
) -> None:
    assert run(content, *options) == 0


def test_a_sheet_that_is_named_for_a_text_is_told_and_changes_nothing(run: Run) -> None:
    assert run(CLEAN, "--sheet", "Prices") == 0
    assert 'the sheet "Prices" was not looked for' in run.said
    assert run(CLEAN, "--sheet", "Prices", "--json") == 0
    assert [notice["code"] for notice in json.loads(run.said)["notices"]] == ["OPTION_NOT_USED"]
    assert run(CLEAN, "--delimiter", ",", "--encoding", "utf-8", "--json") == 0
    assert json.loads(run.said)["notices"] == []


@pytest.mark.parametrize(
    ("options", "unused"),
    [
        (["--sheet", "Assortment"], []),
        (["--delimiter", ";"], ["the delimiter that was given does not apply"]),
        (["--encoding", "cp1252"], ["the encoding that was given does not apply"]),
        (
            ["--encoding", "cp1252", "--delimiter", ";"],
            ["the delimiter and the encoding that were given do not apply"],
        ),
    ],
)
def test_an_option_for_another_kind_of_file_than_a_workbook_is_told(
    run: Run, options: list[str], unused: list[str]
) -> None:
    run.attributes = SAMPLES / "attributes.json"

    assert run(SAMPLES / "products.xlsx", *options, "--json") == 1

    reported = [
        n["message"] for n in json.loads(run.said)["notices"] if n["code"] == "OPTION_NOT_USED"
    ]
    assert len(reported) == len(unused)
    assert all(sentence in message for sentence, message in zip(unused, reported, strict=True))


@pytest.mark.parametrize("name", ["products.exe", "products"])
def test_a_file_is_judged_by_its_content_whatever_its_name(run: Run, name: str) -> None:
    (run.folder / name).write_text(CLEAN)

    assert run(run.folder / name) == 0


def test_the_page_of_the_command_names_every_ending_that_the_portal_takes() -> None:
    page = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
    listed = page.partition("accepts uploads that end in ")[2].partition("and refuses")[0]

    endings = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES)
    assert re.findall(r"`\.(\w+)`", listed) == list(endings)


def test_every_reading_option_of_the_api_has_its_option_here() -> None:
    assert set(OPTION_OF_FIELD) == set(load("reading-options")["properties"])


def test_a_workbook_is_checked_like_a_text(run: Run) -> None:
    run.attributes = SAMPLES / "attributes.json"

    assert run(SAMPLES / "products.xlsx", "--sheet", "Assortment") == 1

    assert 'xlsx, sheet "Assortment", headers in row 4' in run.said
    assert len(run.files["faults.ndjson"].splitlines()) == 6


def test_machines_get_one_json_object(run: Run) -> None:
    assert run(FAULTY, "--json") == 1

    reported = json.loads(run.said)
    assert reported["exitCode"] == 1 and reported["clean"] is False and reported["refusal"] is None
    assert reported["counts"]["faultsByCode"] == {"NOT_A_NUMBER": 1, "REQUIRED_VALUE_MISSING": 1}
    assert reported["format"]["delimiter"] == ","
    assert {Path(path).name for path in reported["files"].values()} == set(run.files)
    assert run(b"\x00" * 20, "--json") == 2
    refused = json.loads(run.said)
    assert (refused["exitCode"], refused["counts"], refused["files"]) == (2, None, {})
    assert refused["refusal"]["code"] == "BINARY_FILE"


def test_the_answer_of_the_attributes_api_is_taken_as_it_is(run: Run) -> None:
    listed = [{"_id": b["name"].lower(), "revision": 3, "createdBy": "ann", **b} for b in NAMED]
    run.attributes.write_text(json.dumps({"message": "2 attributes", "data": listed}))

    assert run(CLEAN) == 0


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "are not JSON"),
        ('"Price"', "must hold a JSON array of attribute definitions"),
        ("[1]", "must hold a JSON array of attribute definitions"),
        ("[]", "defines no attribute"),
        ('[{"name": "a", "type": "colour"}]', "attribute 1 (“a”): “type” must be one of"),
        ('[{"type": "number"}]', "attribute 1: “name” is missing."),
        (
            '[{"name": "a", "type": "number"}, {"name": "A", "type": "date"}]',
            "attribute 2: “A” and “a” are the same attribute",
        ),
        (
            '[{"name": "a", "type": "number", "isIdentifier": true},'
            ' {"name": "b", "type": "number", "isIdentifier": true}]',
            "“b” and “a” both identify the product",
        ),
        ('[{"name": "a", "type": "short_text", "pattern": "("}]', "“pattern”"),
    ],
)
def test_attributes_that_cannot_be_are_told_in_a_sentence(
    run: Run, content: str, sentence: str
) -> None:
    run.attributes.write_text(content)

    assert run(CLEAN) == 2
    assert sentence in run.complained
    assert "Traceback" not in run.complained
    assert not run.out.exists()


def test_all_attributes_at_fault_are_told_at_once(run: Run) -> None:
    run.attributes.write_text('[{"name": "a"}, {"name": "b", "type": "measure"}]')

    run(CLEAN)

    assert len(run.complained.splitlines()) == 2


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--encoding", "klingon"], "klingon"),
        (["--delimiter", "ab"], "--delimiter must be one ASCII character"),
        (["--header-row", "first"], "--header-row must be a whole number, not 'first'."),
        (["--header-row", "0"], "--header-row must be 1 or more."),
        (["--on-fault", "weep"], "--on-fault must be one of skip_row, skip_value."),
        (["--max-faulty-percent", "200"], "--max-faulty-percent must be 100 or less."),
        (["--max-faulty-percent", "nan"], "--max-faulty-percent must be a number."),
        (["--jobs", "0"], "--jobs must be 1 or more"),
        (["--job-id", "7"], "--job-id must be a UUID"),
        (["--timestamp", "noon"], "--timestamp must be a time such as"),
    ],
)
def test_options_that_cannot_be_are_told_in_a_sentence(
    run: Run, options: list[str], sentence: str
) -> None:
    assert run(CLEAN, *options) == 2
    assert sentence in run.complained
    assert not run.out.exists()


def test_files_and_folders_that_cannot_be_are_told_in_a_sentence(run: Run, tmp_path: Path) -> None:
    assert run(tmp_path / "missing.csv") == 2
    assert f"There is no file {tmp_path / 'missing.csv'}." in run.complained
    assert run(tmp_path) == 2
    assert "is a folder" in run.complained
    run.out.write_text("a file")
    assert run(CLEAN) == 2
    assert "is a file; name a folder" in run.complained
    run.out = run.out / "below"
    assert run(CLEAN) == 2
    assert "Not a directory" in run.complained
    run.attributes = tmp_path / "nowhere.json"
    assert run(CLEAN) == 2
    assert "nowhere.json cannot be read: No such file or directory." in run.complained


def test_an_unreadable_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHUNK_TARGET_BYTES", "many")

    assert run(CLEAN) == 2
    assert "CHUNK_TARGET_BYTES must be a whole number" in run.complained


@pytest.mark.slow
def test_chunks_and_processes_change_no_byte(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "generated.csv"
    write(Shape(rows=400, multi_line=0.2), file)
    run.attributes = attributes_path(file)
    when = ("--timestamp", "2026-03-01T10:00:00Z")
    run(file, *when)
    whole = run.files

    monkeypatch.setenv("CHUNK_TARGET_BYTES", "20000")
    assert run(file, *when, "--jobs", "2") == 1
    by_two = run.files
    assert run(file, *when) == 1
    cut = run.files

    assert by_two == cut
    tables = [pl.read_parquet(io.BytesIO(f.pop("products.parquet"))) for f in (whole, cut)]
    assert tables[0].equals(tables[1])  # its row groups are the chunks
    assert cut == whole
    assert b"2026-03-01T10:00:00.000+00:00" in whole["result.json"]


def test_the_command_works_alone_quietly_and_needs_no_aws(tmp_path: Path) -> None:
    code = (
        "import sys; from core.imports.command_line.main import main; code = main(sys.argv[1:]);"
        "print(code, *sorted({m.partition('.')[0] for m in sys.modules}), file=sys.stderr)"
    )
    arguments = [
        *("validate", str(SAMPLES / "products.csv"), "--out", str(tmp_path)),
        *("--attributes", str(SAMPLES / "attributes.json")),
    ]

    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    code_and_modules = done.stderr.split()  # nothing but this: no progress where nobody watches
    assert code_and_modules[0] == "1"
    assert not {"boto3", "botocore", "pymongo", "bson", "rich"} & set(code_and_modules)


def test_a_reader_that_has_seen_enough_changes_nothing(tmp_path: Path) -> None:
    command = (
        f"{sys.executable} -m core.imports validate samples/products.csv "
        f"--attributes samples/attributes.json --out {tmp_path} | true; exit ${{PIPESTATUS[0]}}"
    )

    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.slow
@pytest.mark.parametrize("where", ["> /dev/full", ">&-", ">&- 2>&-"])
@pytest.mark.parametrize("more", ["", "--json"])
def test_an_outcome_that_cannot_be_printed_is_told_in_a_sentence(
    where: str, more: str, tmp_path: Path
) -> None:
    command = (
        f"{sys.executable} -m core.imports validate samples/products.csv {more} "
        f"--attributes samples/attributes.json --out {tmp_path} {where}"
    )

    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 2
    if not where.endswith("2>&-"):
        assert re.fullmatch(
            r"The outcome cannot be printed: .+\. The result files are in .+\.\n", done.stderr
        )
    assert (tmp_path / "products.ndjson").exists()


def test_the_locked_set_of_the_command_has_all_it_imports() -> None:
    text = (ROOT / "requirements" / "validate.txt").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([a-zA-Z0-9_.-]+)==", text, re.MULTILINE))

    assert {"polars", "fastexcel", "numpy", "msgspec", "jsonschema", "rich"} <= pinned
    assert not {"boto3", "pymongo", "ministack"} & pinned
