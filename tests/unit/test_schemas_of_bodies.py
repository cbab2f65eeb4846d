"""Numbers in bodies: no schema lets one through that the database or a browser cannot hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.schemas import FOLDER, MAX_WHOLE_NUMBER, load, with_whole_numbers

BODIES = sorted(f"requests/{path.stem}" for path in (FOLDER / "requests").glob("*.json"))


def integers(schema: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, list):
        for at, inner in enumerate(schema):
            yield from integers(inner, f"{path}[{at}]")
    elif isinstance(schema, dict):
        kind = schema.get("type")
        if kind == "integer" or (isinstance(kind, list) and "integer" in kind):
            yield path, schema
        for name, inner in schema.items():
            yield from integers(inner, f"{path}.{name}")


@pytest.mark.parametrize("name", [*BODIES, "reading-options"])
def test_every_whole_number_in_a_body_has_a_maximum(name: str) -> None:
    unlimited = [
        path
        for path, schema in integers(load(name))
        if not schema.get("maximum", MAX_WHOLE_NUMBER + 1) <= MAX_WHOLE_NUMBER
    ]

    assert not unlimited


def test_whole_numbers_are_found_at_all() -> None:
    assert dict(integers(load("requests/enrich-products"))).keys() == {
        ".properties.budget.properties.tokens"
    }


def test_a_whole_number_with_a_point_is_one_at_any_depth_and_nothing_else_changes() -> None:
    given = {"a": 1.0, "b": [2.0, {"c": -3.0}], "d": 1.5, "e": 1e300, "f": True, "g": "1.0"}

    read = with_whole_numbers(given | {"products": [{"Price": 1.0}]})

    assert read == given | {"products": [{"Price": 1.0}]}
    assert (type(read["a"]), type(read["b"][0]), type(read["b"][1]["c"])) == (int, int, int)
    assert (type(read["e"]), type(read["f"])) == (float, bool)
    assert type(read["products"][0]["Price"]) is float, "validated by its attribute"
