"""docs/reliability.md: each guarantee names a test that exists, each scenario has a line."""

import re
from pathlib import Path

from infra.staging import ROOT
from tests.chaos.__main__ import BEGIN, END, HEADER, publish
from tests.chaos.scenarios import SCENARIOS

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
GUARANTEES = [
    line.split("|")
    for line in PAGE.partition("## Guarantees")[2].partition("\n## ")[0].splitlines()
    if line.startswith("|")
][2:]


def test_each_guarantee_names_the_test_that_holds_it() -> None:
    assert len(GUARANTEES) > 15
    for _, guarantee, tests, _ in GUARANTEES:
        named = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", tests)
        assert named, guarantee
        for path, name in named:
            text = (ROOT / path).read_text(encoding="utf-8")
            assert re.search(rf"^def {name}\(", text, re.MULTILINE), f"{path}::{name}"


def test_a_scenario_that_ran_alone_replaces_only_its_own_line(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    first, second, *_ = SCENARIOS
    page.write_text(f"Before\n{BEGIN}\n{END}\nAfter\n", encoding="utf-8")

    publish([f"| {second} | 1 |", f"| {first} | 1 |"], page)
    publish([f"| {second} | 2 |"], page)

    table = [f"| {first} | 1 |", f"| {second} | 2 |"]
    wanted = "\n".join(["Before", BEGIN, HEADER, *table, END, "After", ""])
    assert page.read_text(encoding="utf-8") == wanted
