"""docs/reliability.md: each guarantee names a test that exists."""

import re

from infra.staging import ROOT

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
