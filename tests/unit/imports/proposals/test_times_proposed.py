"""A column of times is proposed as one."""

import pytest

from tests.unit.imports.proposals.proposal_kit import proposals_for


@pytest.mark.parametrize(
    ("cells", "type_"),
    [
        (("2026-03-01", "2026-03-02"), "date"),
        (("2026-03-01 00:00:00", "2026-03-02"), "date"),
        (("2026-03-01T12:28:09Z", "2026-03-02"), "datetime"),
        (("13/02/2026 10:30", "01/02/2026 1:05 PM"), "datetime"),
    ],
)
def test_a_column_is_a_datetime_if_a_cell_has_a_time(cells: tuple[str, ...], type_: str) -> None:
    text = "SKU,At\n" + "".join(f"A{at},{cell}\n" for at, cell in enumerate(cells))

    (proposal,) = [p for p in proposals_for(text.encode()).proposals if p.header == "At"]

    assert proposal.attribute["type"] == type_
