"""What a person reads of suggestions."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from infra.client.suggestions import show

PREVIEW: dict[str, Any] = {
    "_id": "A-1",
    "aiSuggestions": {"Weight": "2.5 kg", "Color": ["Red", "[red]Blue[/]"]},
    "suggestions": [
        {
            "attribute": "Weight",
            "value": {"value": 2.5, "unit": "kg"},
            "provider": "offline",
            "model": "offline-2",
            "confidence": 0.9,
            "drawnFrom": ["ProductName", "Text"],
        },
        {
            "attribute": "Color",
            "value": ["Red", "[red]Blue[/]"],
            "provider": "offline",
            "model": "offline-2",
            "confidence": None,
            "drawnFrom": [],
        },
    ],
    "omissions": [
        {"attribute": "Stock", "code": "ABSTAINED", "message": 'Attribute "Stock": unknown.'},
        {"attribute": "Price", "code": "ALREADY_THERE", "message": "It has a value."},
    ],
}


def shown(*previews: dict[str, Any]) -> list[str]:
    """The lines as a pipe gets them, without their padding."""
    sink = io.StringIO()
    answer = {"message": "2 values were suggested.", "enrichedProductsPreview": list(previews)}
    show(answer, Console(file=sink, width=120))
    return [" ".join(line.split()) for line in sink.getvalue().splitlines()]


def test_each_suggestion_is_a_line_with_its_confidence_and_sources() -> None:
    lines = shown(PREVIEW)

    assert "2 values were suggested." in lines
    assert "product attribute suggestion confidence drawn from" in lines
    assert "A-1 Weight 2.5 kg 0.90 ProductName, Text" in lines


def test_what_a_value_says_is_never_read_as_markup_and_no_confidence_is_none() -> None:
    assert "Color Red, [red]Blue[/]" in shown(PREVIEW)


def test_a_gap_that_stays_says_why_and_a_value_that_is_there_is_not_told() -> None:
    lines = shown(PREVIEW)

    assert "Stock unknown." in lines
    assert not any("Price" in line for line in lines)


def test_it_says_who_made_them_and_that_nothing_is_saved() -> None:
    text = " ".join(shown(PREVIEW))

    assert "Made by offline (offline-2), rules without a model" in text
    assert "Nothing is saved until somebody approves it: PUT /products/bulk-update" in text


def test_a_model_is_not_told_to_be_rules() -> None:
    suggestion = {**PREVIEW["suggestions"][0], "provider": "openai", "model": "m-1"}

    assert "Made by openai (m-1)." in shown({**PREVIEW, "suggestions": [suggestion]})


def test_a_product_that_failed_says_why_and_nobody_is_named_as_maker() -> None:
    failure = {"code": "PRODUCT_NOT_FOUND", "message": "There is no such product."}

    lines = shown({"_id": "A-2", "failure": failure})

    assert "A-2 There is no such product." in lines
    assert not any(line.startswith("Made by") for line in lines)
