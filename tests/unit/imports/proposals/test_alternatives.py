"""A better type than the safe one, where all but a few cells have it."""

import json
from typing import Any

import msgspec
import pytest

from core.imports.locale.numbers import NumbersSeen
from core.imports.model import ImportOutcome
from core.imports.proposals.evidence import ColumnEvidence, TableEvidence, encoded
from core.imports.proposals.model import Alternative, Proposal, Proposals
from tests.unit.imports.proposals.proposal_kit import judged, proposals_for


def lines(header: str, cells: list[str]) -> bytes:
    return "".join(f"{line}\n" for line in [f"SKU,{header}", *_numbered(cells)]).encode()


def _numbered(cells: list[str]) -> list[str]:
    return [f"A-{number},{cell}" for number, cell in enumerate(cells)]


def of_column(found: Proposals) -> tuple[Proposal, Alternative | None]:
    proposal = found.proposals[1]
    better = [each for each in proposal.alternatives if each.attribute is not None]
    return proposal, better[0] if better else None


@pytest.mark.parametrize(
    ("header", "cells", "safe", "misfits"),
    [
        ("Stock", [str(n % 7) for n in range(299)] + ["~40"], "single_select", 1),
        ("Price", [f"{n}.50" for n in range(400)] + ["on request"] * 4, "short_text", 4),
        ("Price", [f'"{n},90"' for n in range(300)] + ["call"], "short_text", 1),
    ],
)
def test_a_few_cells_that_are_no_numbers_leave_the_number_as_the_alternative(
    header: str, cells: list[str], safe: str, misfits: int
) -> None:
    content = lines(header, cells)
    found = proposals_for(content)
    proposal, better = of_column(found)

    assert proposal.attribute["type"] == safe
    assert better is not None and better.attribute is not None
    assert (better.attribute["type"], better.faulty_rows) == ("number", misfits)
    assert better.attribute["min"] == 0
    assert better.misfits[0].value in cells
    outcome = judged(content, taking(found, better.attribute))
    assert isinstance(outcome, ImportOutcome)
    assert (outcome.invalid_rows, outcome.faults) == (misfits, misfits)


def taking(found: Proposals, attribute: dict[str, Any]) -> Proposals:
    first, second, *_ = found.proposals
    other = msgspec.structs.replace(second, attribute=attribute)
    return msgspec.structs.replace(found, proposals=(first, other))


@pytest.mark.parametrize(
    "cells",
    [
        [str(n) for n in range(90)] + ["~40"],  # more than one in a hundred
        [str(n) for n in range(5000)] + ["?"] * 11,  # more than a few
        [str(n) for n in range(300)],  # all are numbers
        [f"{n:05}" for n in range(300)] + ["x"],  # codes
    ],
)
def test_there_is_no_alternative_where_the_number_is_no_plain_mistake(cells: list[str]) -> None:
    _, better = of_column(proposals_for(lines("Stock", cells)))

    assert better is None


def test_the_evidence_of_several_currencies_has_one_order() -> None:
    known = ["€", "$", "£", "CHF", "AED"]
    rows = [f"{sign} {n}" for n, sign in enumerate(known)]
    texts = {encoded(_evidence(order)) for order in (rows, rows[::-1], sorted(rows))}

    assert len(texts) == 1
    stored = json.loads(texts.pop())["columns"]["1"]["numbers"]["currencies"]
    assert sorted(stored) == sorted(known)


def _evidence(currencies: list[str]) -> TableEvidence:
    seen = NumbersSeen(currencies=frozenset(text.split()[0] for text in currencies))
    return TableEvidence(columns={1: ColumnEvidence(numbers=seen)})
