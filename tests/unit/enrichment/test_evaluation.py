"""The evaluation takes known values away, and counts honestly what comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from tests.bench import enrichment_evaluation as evaluation
from tests.bench import icecat
from tests.model_server import ModelServer, reason, status
from tests.unit.enrichment.openai_calls import KEY

ATTRIBUTES = """\
code;label-en_US;type;default_metric_unit
sku;SKU;pim_catalog_identifier;
name;Name;pim_catalog_text;
color;Color;pim_catalog_simpleselect;
weight;Weight;pim_catalog_metric;KILOGRAM
description;Description;pim_catalog_textarea;
"""
OPTIONS = """\
code;label-en_US;attribute
red;Red;color
blue;Blue;color
"""
PRODUCTS = """\
sku;categories;family;name;color;weight;weight-unit;description-en_US-print
1;boots,shoes;boots;Boot;red;500;GRAM;A red boot
2;boots;boots;Blue boot;blue;2;KILOGRAM;A blue boot of 2 kg
3;boots;boots;Grey boot;grey;x;KILOGRAM;
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / icecat.ATTRIBUTES).write_text(ATTRIBUTES, encoding="utf-8")
    (tmp_path / icecat.OPTIONS).write_text(OPTIONS, encoding="utf-8")
    (tmp_path / icecat.PRODUCTS).write_text(PRODUCTS, encoding="utf-8")
    return tmp_path


def run(data: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, list[str]]]:
    """Exit code, and the cells of the table by the type of a line."""
    code = evaluation.main(["--data", str(data)])
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    return code, {line[0]: line[1:] for line in lines if line}


def test_the_catalogue_is_read_with_its_own_rules(data: Path) -> None:
    catalogue = icecat.read(data, Settings())

    products = dict(catalogue.products)
    assert products["1"]["Color"] == "Red"
    assert products["1"]["Weight"] == {"value": 500, "unit": "g"}
    assert products["3"].keys() == {"Family", "Categories", "Name"}
    assert catalogue.unsound_values == 2  # a colour that is no option, a weight that is no number


def test_the_same_seed_takes_the_same_values_away_and_leaves_the_rest(data: Path) -> None:
    catalogue = icecat.read(data, Settings())
    stored = dict(catalogue.products)

    drawn = evaluation.cases(catalogue, 3, seed=7)

    assert drawn == evaluation.cases(catalogue, 3, seed=7)
    assert drawn
    for case in drawn:
        assert case.removed
        assert not case.removed.keys() & case.product.values.keys()
        assert {**case.product.values, **case.removed} == stored[case.product.id]
        assert "Family" in case.product.values


def test_without_a_model_it_runs_for_nothing(
    data: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENRICHMENT_PROVIDER", raising=False)

    code = evaluation.main(["--data", str(data)])

    assert code == 0
    assert "0 requests, 0 + 0 tokens, $0.0000" in capsys.readouterr().out


def with_model(monkeypatch: pytest.MonkeyPatch, server: ModelServer) -> None:
    monkeypatch.setenv("ENRICHMENT_PROVIDER", "openai")
    monkeypatch.setenv("ENRICHMENT_MODEL", "m")
    monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)


def test_a_configured_model_is_asked_and_its_failures_are_counted(
    data: Path,
    server: ModelServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_model(monkeypatch, server)
    server.script("", reason("no"), status(400))

    code, table = run(data, capsys)

    requested, suggested, _, _, failed, *_ = table["all"]
    assert code == 1
    assert int(requested) > 0
    assert (suggested, failed) == ("0", requested)
    assert server.requests


def test_data_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert evaluation.main(["--data", str(tmp_path)]) == 0

    assert "Skipped" in capsys.readouterr().out


KG, G = {"value": 0.5, "unit": "kg"}, {"value": 500, "unit": "g"}
SAME: list[tuple[Any, Any]] = [(KG, G), (5, 5.0), (["a", "b"], ["b", "a"]), ("A <b>b</b>", "a  B")]
DIFFERENT: list[tuple[Any, Any]] = [(KG, 500), (1, True), (["a"], ["a", "b"]), ("ab", "a b")]


@pytest.mark.parametrize(("given", "truth"), SAME)
def test_values_that_mean_the_same_match(given: Any, truth: Any) -> None:
    assert evaluation.is_match(given, truth)


@pytest.mark.parametrize(("given", "truth"), DIFFERENT)
def test_values_that_differ_do_not(given: Any, truth: Any) -> None:
    assert not evaluation.is_match(given, truth)


def test_the_overlap_of_texts() -> None:
    assert evaluation.overlap("a red boot", "A RED boot") == 1
    assert evaluation.overlap("a b", "b c") == 0.5
    assert evaluation.overlap("a", "b") == 0


def test_codes_which_nobody_is_asked_for_are_not_counted(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def attributes(label: str) -> None:
        text = ATTRIBUTES.replace("description;Description", f"description;{label}")
        (data / icecat.ATTRIBUTES).write_text(text, encoding="utf-8")

    attributes("Story")
    _, with_story = run(data, capsys)
    attributes("EAN")
    _, with_codes = run(data, capsys)

    assert int(with_story["long_text"][0]) > 0
    assert "long_text" not in with_codes
    assert with_codes["all"][2] == "0", "not reported as invalid either"
