"""Files are recognised by the headers that a profile remembers, as its options read them."""

from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition, AttributeType
from core.file_format import MappingRule, ReadingOptions, RecognisableProfile
from core.imports.model import Plan
from core.imports.planning import plan_import
from core.imports.recognition import TRIALS_MAX, fingerprint_of
from core.outcomes import Refusal
from tests.unit.imports.text.text_imports import KEYS, settings, stored
from tests.unit.imports.workbooks.workbook_files import xlsx

DEFINITIONS = (AttributeDefinition("Name", AttributeType.SHORT_TEXT),)
HEADERS = ("Název", "Cena")


def profile(name: str = "czech", **options: Any) -> RecognisableProfile:
    mapping = (MappingRule(headers=("Název",), attribute="Name"),)
    return RecognisableProfile(
        name=name,
        revision=3,
        fingerprint=fingerprint_of(HEADERS),
        options=ReadingOptions(mapping=mapping, **options),
    )


def planned(data: bytes, *profiles: RecognisableProfile, name: str = "f.csv") -> Plan | Refusal:
    store, source = stored(data, name)
    return plan_import(store, settings(), KEYS, source, ReadingOptions(), DEFINITIONS, profiles)


def chosen(plan: Plan | Refusal) -> str | None:
    used = plan.recognised and plan.recognised.profile
    return used.name if used else None


@pytest.mark.parametrize(
    ("text", "encoding", "options"),
    [
        ("Název;Cena\nStůl;1\n", "utf-8", {}),
        ("NázevxCena\nStůlx1\n", "utf-8", {"delimiter": "x"}),
        ("Název Cena\nStůl 1\n", "utf-8", {"delimiter": "space"}),
        ("Název;Cena\nStul;1\n", "cp852", {"encoding": "cp852"}),
        ("NázevxCena\nStulx1\n", "cp852", {"encoding": "cp852", "delimiter": "x"}),
        ("*Název*;Cena\n*St;ůl*;1\n", "utf-8", {"quote_char": "*"}),
        ("NázevxCena\nStůlx1\n", "utf-16", {"delimiter": "x"}),
        ("NázevxCena\nStůlx1\n", "utf-32", {"delimiter": "x"}),
        ("Název;Cena\nStůl;1\n", "utf-32-le", {"encoding": "utf-32-le"}),
    ],
)
def test_a_text_is_recognised_as_its_profile_reads_it(
    text: str, encoding: str, options: dict[str, Any]
) -> None:
    plan = planned(text.encode(encoding), profile(**options))

    assert isinstance(plan, Plan), plan
    assert chosen(plan) == "czech"
    assert [column.attribute for column in plan.columns] == ["Name", None]


def test_another_profile_s_way_of_reading_does_not_count() -> None:
    data = "NázevxCena\nStůlx1\n".encode()
    assert chosen(planned(data, profile(delimiter=";"), profile("dates", delimiter="|"))) is None


def test_a_refusal_of_the_file_tells_who_read_it() -> None:
    refused = planned("NázevxCena\nStůl\0x1\n".encode(), profile(delimiter="x"))

    assert isinstance(refused, Refusal)
    assert chosen(refused) == "czech"


def test_a_profile_whose_options_cannot_read_the_file_is_passed_over() -> None:
    data = "\ufeffNázev;Cena\nStůl;1\n".encode()
    others = (profile("a", encoding="utf-16"), profile("b", delimiter="long"))
    assert chosen(planned(data, *others, profile("c", delimiter=";"))) == "c"


def test_no_more_than_so_many_ways_are_tried() -> None:
    data = "NázevxCena\nStůlx1\n".encode()
    others = [profile(f"p{n}", delimiter=chr(ord("A") + n)) for n in range(TRIALS_MAX)]
    right = profile("right", delimiter="x")

    assert chosen(planned(data, *others[1:], right)) == "right"
    assert chosen(planned(data, *others, right)) is None


def test_a_long_text_is_recognised_by_its_beginning() -> None:
    data = ("NázevxCena\n" + "Stůlx1\n" * 100_000).encode()
    plan = planned(data, profile(delimiter="x"))
    assert isinstance(plan, Plan)
    assert (chosen(plan), plan.row_count) == ("czech", 100_000)


def two_sheets(book: Any) -> None:
    for name, headers in (("Cover", ["Contents"]), ("Products", HEADERS)):
        sheet = book.add_worksheet(name)
        sheet.write_row(1, 0, headers)
        sheet.write_row(2, 0, [name, 1][: len(headers)])


@pytest.mark.parametrize(("sheet", "found"), [("products", "czech"), ("Prices", None)])
def test_a_workbook_is_recognised_by_the_sheet_that_its_profile_names(
    sheet: str, found: str | None
) -> None:
    plan = planned(xlsx(two_sheets), profile(sheet=sheet), name="f.xlsx")

    assert isinstance(plan, Plan), plan
    assert chosen(plan) == found
    assert plan.format.sheet == ("Products" if found else "Cover")
