"""Names that are no text, and a stdout that knows few characters: printed as well as possible."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.imports.command_line.usage import fitting, printable
from tests.sources import ROOT
from tests.unit.imports.command_line.command_line_kit import CLEAN, Run

GUESSED = "Name,Price\nLämp,10\n".encode("cp1252")
"""A notice shows the word."""
LONG_HEADER = f"Name,{'Price' * 100}\nChair,10\n"
"""Shown cut, with `…`, which Latin-1 has not."""


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_file_whose_name_is_not_utf8_is_checked_as_any_other(run: Run, jobs: str) -> None:
    file = named(run.folder, b"x_\xff.csv", CLEAN.encode())
    shown = str(run.folder / r"x_\xff.csv")

    assert run(file, "--jobs", jobs) == 0
    assert f"{shown}: clean" in run.said
    assert "/x__xff.csv" in json.loads(run.files["result.json"])["s3Key"]

    assert run(file, "--json") == 0
    assert json.loads(run.said)["file"] == shown


def test_the_job_id_may_be_told_for_it(run: Run) -> None:
    job_id = "7d444840-9dc0-11d1-b245-5ffdce74fad2"

    assert run(named(run.folder, b"x_\xff.csv", CLEAN.encode()), "--job-id", job_id) == 0
    assert json.loads(run.files["result.json"])["jobId"] == job_id


def test_a_folder_whose_name_is_not_utf8_takes_the_results(run: Run) -> None:
    run.out = run.folder / os.fsdecode(b"o_\xff")

    assert run(CLEAN, "--json") == 0
    listed = json.loads(run.said)["files"]
    assert listed == {name: str(run.folder / r"o_\xff" / name) for name in run.files}

    assert run(CLEAN) == 0
    assert listed["result.json"] in run.said


def test_a_name_that_is_not_utf8_is_told_in_a_sentence(run: Run) -> None:
    assert run(run.folder / os.fsdecode(b"y_\xff.csv")) == 2
    assert run.complained == f"There is no file {run.folder}/y_\\xff.csv.\n"

    assert run(CLEAN, "--sheet", os.fsdecode(b"\xff")) == 2
    assert run.complained == "--sheet is not UTF-8 text: \\xff.\n"


@pytest.mark.parametrize(
    ("encoding", "content", "shown"),
    [
        ("ascii", GUESSED, r"L\xe4mp"),
        ("latin-1", GUESSED, "Lämp"),
        ("utf-8", GUESSED, "Lämp"),
        ("latin-1", LONG_HEADER, r"Price\u2026"),
        ("utf-8", LONG_HEADER, "Price…"),
    ],
)
def test_what_stdout_has_no_character_for_is_escaped(
    encoding: str,
    content: str | bytes,
    shown: str,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for more in ((), ("--json",)):
        with monkeypatch.context() as patch:
            stdout = io.TextIOWrapper(io.BytesIO(), encoding)
            patch.setattr(sys, "stdout", stdout)
            run(content, *more)
        said = stdout.buffer.getvalue().decode(encoding)
        if more:
            reported = json.loads(said)
            said = " ".join(
                [reported["message"], *(notice["message"] for notice in reported["notices"])]
            )
            shown = shown.replace(r"\xe4", "ä").replace(r"\u2026", "…")
        assert shown in said
    assert run.complained == ""


def test_the_command_says_the_same_where_stdout_is_ascii(run: Run) -> None:
    file = named(run.folder, b"lamp.csv", GUESSED)
    command = [sys.executable, "-m", "core.imports", "validate", str(file), "--json"]

    done = subprocess.run(
        [*command, "--attributes", str(run.attributes), "--out", str(run.out)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (1, b"")  # a guessed encoding is no clean run
    assert "Lämp" in json.loads(done.stdout)["notices"][0]["message"]


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", "utf-16"])
def test_json_reads_the_same_in_every_encoding(encoding: str) -> None:
    reported = {"a": 'ä…"\\ 😀 \x00', "ä": "é"}
    line = json.dumps(reported, ensure_ascii=False)

    fit = fitting(line, encoding, is_json=True)

    assert json.loads(fit.encode(encoding).decode(encoding)) == reported


@pytest.mark.parametrize("name", ["products.csv", "Möbel 😀.csv", r"a\xff", ""])
def test_a_name_that_is_text_stays_as_it_is(name: str) -> None:
    assert printable(name) == name


def named(folder: Path, name: bytes, content: bytes) -> Path:
    """A file whose name may be any bytes."""
    file = folder / os.fsdecode(name)
    file.write_bytes(content)
    return file
