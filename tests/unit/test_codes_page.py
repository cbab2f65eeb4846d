"""docs/codes.md names every code, under its own heading, with its meaning and what to do."""

import re
from enum import StrEnum

import pytest

from core.approvals.model import RejectionCode
from core.attributes.rules.model import FaultCode
from core.enrichment.model import FailureCode as EnrichmentFailureCode
from core.enrichment.model import OmissionCode
from core.jobs.records import JobFailureCode
from core.outcomes import NoticeCode, RefusalCode
from tests.sources import ROOT

PAGE = (ROOT / "docs" / "codes.md").read_text(encoding="utf-8")
SECTIONS = {
    "Refusals": RefusalCode,
    "Failures": JobFailureCode,
    "Notices": NoticeCode,
    "Faults": FaultCode,
    "Rows that an approval could not save": RejectionCode,
    "Attributes without a suggestion": OmissionCode,
    "Products without suggestions": EnrichmentFailureCode,
}


def rows_of(section: str) -> list[list[str]]:
    text = PAGE.split(f"\n## {section}\n", 1)[1].split("\n## ", 1)[0]
    lines = re.findall(r"^\| (`.*) \|$", text, re.M)
    return [[cell.strip() for cell in line.split(" | ")] for line in lines]


@pytest.mark.parametrize(("section", "codes"), SECTIONS.items())
def test_the_page_lists_exactly_the_codes_that_exist(section: str, codes: type[StrEnum]) -> None:
    listed = [row[0].strip("`") for row in rows_of(section)]
    assert listed == [code.value for code in codes]


@pytest.mark.parametrize("section", SECTIONS)
def test_each_code_has_a_meaning_and_an_advice(section: str) -> None:
    for row in rows_of(section):
        assert len(row) == 3, row
        assert all(len(cell) > 5 for cell in row), row


def test_the_settings_that_the_page_names_exist() -> None:
    from core.settings import Settings

    named = re.findall(r"`([A-Z_]*MAX_[A-Z_]+)`", PAGE)
    assert named
    assert all(hasattr(Settings(), name.lower()) for name in named)
