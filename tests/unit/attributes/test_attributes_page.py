"""docs/attributes.md names every type and every setting, with the types that have it."""

from collections.abc import Iterator

from core.attributes.constraints import TYPES_WITH
from core.attributes.definitions import AttributeType
from core.attributes.rules.types.boolean import WORDS
from tests.sources import ROOT

PAGE = (ROOT / "docs" / "attributes.md").read_text(encoding="utf-8")


def rows_of(section: str) -> Iterator[list[str]]:
    text = PAGE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    for line in text.splitlines():
        if line.startswith("| `"):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


def test_the_page_lists_the_types_in_order() -> None:
    assert [row[0].strip("`") for row in rows_of("Types")] == list(AttributeType)


def test_the_page_lists_the_settings_with_the_types_that_have_them() -> None:
    reported = {row[0].strip("`"): set(row[1].split(", ")) for row in rows_of("Settings")}

    assert reported == {field: set(map(str, types)) for field, types in TYPES_WITH.items()}


def test_the_page_names_every_word_that_a_boolean_may_be() -> None:
    (cell,) = (row[1] for row in rows_of("Types") if row[0] == "`boolean`")

    assert all(f"`{word}`" in cell for word in WORDS)
