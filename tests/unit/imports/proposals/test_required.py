"""Which attributes are proposed as required: a file of another supplier must not fail by them."""

from core.imports.model import ImportOutcome
from tests.unit.imports.proposals.proposal_kit import judged, proposals_for

FIRST = "SKU,Brand,Color,Note\n" + "".join(
    f"A-{n},Acme,{'red' if n % 2 else 'blue'},{'x' if n else ''}\n" for n in range(12)
)


def test_only_the_identifier_is_required_and_the_evidence_names_what_could_be() -> None:
    found = proposals_for(FIRST.encode())

    required = [p.name for p in found.proposals if p.attribute["isRequired"]]
    assert required == ["SKU"]
    assert [p.name for p in found.proposals if p.evidence.may_be_required] == [
        *("SKU", "Brand", "Color"),
    ]


def test_in_a_few_rows_nothing_is_required() -> None:
    found = proposals_for(b"SKU,Brand\nA,x\nB,y\n")

    assert [p.attribute["isRequired"] for p in found.proposals] == [False, False]
    assert not any(p.evidence.may_be_required for p in found.proposals)


def test_a_file_of_another_supplier_without_a_column_has_valid_rows() -> None:
    found = proposals_for(FIRST.encode())

    outcome = judged(b"SKU,Color\nB-1,red\n", found)

    assert isinstance(outcome, ImportOutcome)
    assert (outcome.valid_rows, outcome.faults) == (1, 0)
