"""Prose of the documents is wrapped at 100 columns, so that changes to it can be read."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import ROOT

COLUMNS = 100

MAY_BE_LONGER = re.compile(
    r"\|"  # a row of a table
    r"|!?\[[^\]]*\]\(\S+\)[.,;:]?$"  # a link alone
    r"|\S+$"  # nowhere to break, as in a long address
    r"|\[[^\]]+\]: "  # the target of a link
)


def long_lines(text: str) -> Iterator[tuple[int, str]]:
    """Number and text of each line of prose that should be wrapped."""
    in_code = False
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("```"):
            in_code = not in_code
        elif not in_code and len(line) > COLUMNS and not MAY_BE_LONGER.match(line.strip()):
            yield number, line


def documents() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    return found or sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("name", documents())
def test_prose_is_wrapped(name: str) -> None:
    assert list(long_lines(Path(ROOT, name).read_text(encoding="utf-8"))) == []


def test_a_long_line_is_found_and_a_table_is_not() -> None:
    words = "words " * 20
    text = f"short\n{words}\n| {words}|\n```\n{words}\n```\n- {words}\n[{words}](x.md)\n"

    assert [number for number, _ in long_lines(text)] == [2, 7]
