"""Files whose outcome is known: which rows are valid, which are faulty, which ids repeat."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "ProductSKU", "type": "short_text", "isRequired": True},
    {"name": "Row", "type": "number", "isRequired": True},
    {"name": "Price", "type": "number"},
    {"name": "File", "type": "short_text"},
    {"name": "Colour", "type": "single_select", "options": ["Red", "Blue"]},  # for suggestions
]
FAULTY_EVERY = 40
REPEATED_EVERY = 50
"""Such a row has the id of the row before it."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    path: Path
    name: str
    """In the column File of each row, and the beginning of each id."""
    rows: int

    def is_faulty(self, row: int) -> bool:
        return row % FAULTY_EVERY == FAULTY_EVERY - 1

    def id_of(self, row: int) -> str:
        own = row - 1 if row % REPEATED_EVERY == REPEATED_EVERY - 1 else row
        return f"{self.name}-{own:07}"

    @property
    def faulty(self) -> set[int]:
        return {row for row in range(self.rows) if self.is_faulty(row)}

    @property
    def valid(self) -> set[int]:
        return set(range(self.rows)) - self.faulty

    @property
    def ids(self) -> set[str]:
        """Of the products that an approval makes."""
        return {self.id_of(row) for row in self.valid}

    def price_of(self, row: int) -> str:
        return "free" if self.is_faulty(row) else str(row % 97)


def make_file(folder: Path, name: str, rows: int) -> MadeFile:
    made = MadeFile(folder / f"{name}.csv", name, rows)
    with made.path.open("w", encoding="utf-8") as file:
        file.write("ProductSKU,Row,Price,File\n")
        for row in range(rows):
            file.write(f"{made.id_of(row)},{row},{made.price_of(row)},{name}\n")
    return made
