"""`python -m core.imports propose`, and the file checked by what it wrote."""

import json
from pathlib import Path

import pytest

from core.imports.command_line.main import main

SUPPLIER = """\
Art.Nr.;Bezeichnung;Preis (€);Gewicht (kg);Farbe
A-1;Stuhl;129,90;4,5;rot
A-2;Tisch;1.299,00;22;blau
A-3;Hocker;39,50;2,75;rot
A-4;Bank;89,00;12;blau
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "supplier.csv"
    path.write_text(SUPPLIER, encoding="utf-8")
    return path


def test_a_file_is_valid_by_the_attributes_that_are_proposed_for_it(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = file.with_name("attributes.json")

    assert main(["propose", str(file), "--out", str(out)]) == 0

    types = {body["name"]: body["type"] for body in json.loads(out.read_text("utf-8"))}
    assert types == {
        "Art Nr": "short_text",
        "Bezeichnung": "short_text",
        "Preis (€)": "number",
        "Gewicht": "measure",
        "Farbe": "single_select",
    }
    printed = capsys.readouterr().out
    assert "5 attributes proposed from 4 rows." in printed
    options = ["--attributes", str(out), "--headers", "loose", "--locale", "auto"]
    assert main(["validate", str(file), *options, "--out", str(file.with_name("checked"))]) == 0


def test_a_file_that_cannot_be_read_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "attributes.json"

    assert main(["propose", str(tmp_path / "none.csv"), "--out", str(out)]) == 2

    assert "There is no file" in capsys.readouterr().err
    assert not out.exists()


def test_cells_that_keep_a_column_from_its_type_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "stock.csv"
    file.write_text("sku,stock\na,1\nb,2\nc,sold out\n")

    assert main(["propose", str(file), "--out", str(tmp_path / "a.json"), "--json"]) == 0

    proposals = json.loads(capsys.readouterr().out)["proposals"]
    assert proposals[1]["attribute"]["type"] == "short_text"
    nearest = proposals[1]["alternatives"][0]
    assert (nearest["type"], nearest["misfits"]) == ("number", [{"row": 3, "value": "sold out"}])


def test_columns_that_match_an_attribute_that_exists_are_left_out(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, existing = file.with_name("new.json"), file.with_name("existing.json")
    sku = {"name": "SKU", "type": "short_text", "headers": ["Art.Nr."]}
    known = [{"name": "farbe", "type": "short_text"}, sku]
    existing.write_text(json.dumps(known), encoding="utf-8")

    assert main(["propose", str(file), "--out", str(out), "--attributes", str(existing)]) == 0

    names = [body["name"] for body in json.loads(out.read_text("utf-8"))]
    assert names == ["Bezeichnung", "Preis (€)", "Gewicht"]
    assert "It feeds the attribute “farbe”" in capsys.readouterr().out
