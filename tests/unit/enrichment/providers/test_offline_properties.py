"""Whatever a product says, the offline provider's suggestions pass the rules."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.suggestions.suggesting import suggest
from core.jobs.orders import EnrichmentTerms
from tests.unit.enrichment.enrichment_kit import CATALOGUE, SETTINGS, T, attribute, named, product

MORE = (
    attribute("Rich description", T.RICH_TEXT, max_length=40),
    attribute("Title", T.SHORT_TEXT, max_length=9),
    attribute("Pieces", T.NUMBER, decimals=0, min=1),
    attribute("Length", T.MEASURE, unit="in"),
    attribute("-/-", T.BOOLEAN),
    attribute("Size", T.SINGLE_SELECT, options=("S", "M", "XL", "10", "½")),
)
DEFINITIONS = (*CATALOGUE, *MORE)
pieces = st.sampled_from(
    [
        *("Weight", "Release date", "Bluetooth", "Optical zoom", "Pieces", "Length", "Size"),
        *(": ", ", ", ". ", "; ", " ", "=", "<b>", "</b>", "<", "&amp;", "\n", "\\n", '"', "-"),
        *("1.5", "2", "0", "١٢", "1e9", "99999999999999999999", "2026-03-01", "2026-02-30"),
        *(
            "kg",
            " in",
            '"',
            "x",
            "yes",
            "no",
            "without ",
            "red",
            "light blue",
            "S",
            "print",
            "scan",
        ),
    ]
)
texts = st.lists(pieces | st.text(max_size=8), max_size=25).map("".join)


@given(st.dictionaries(st.sampled_from(["Name", "Brand", "Notes", "Product Type"]), texts))
@example({"Name": "Weight", "Brand": "\0"})
def test_every_suggestion_passes_and_the_rest_is_not_known(values: dict[str, str]) -> None:
    terms = named(*DEFINITIONS)

    (enriched,) = suggest(
        [product(dict(values))], DEFINITIONS, terms, OfflineProvider(), SETTINGS
    ).products

    assert {o.code for o in enriched.omissions} <= {"ABSTAINED", "ALREADY_THERE"}
    for suggestion in enriched.suggestions:
        assert suggestion.drawn_from
        assert set(suggestion.drawn_from) <= values.keys()
    again = suggest([product(dict(values))], DEFINITIONS, terms, OfflineProvider(), SETTINGS)
    assert again.products == (enriched,)


def test_an_attribute_without_a_word_in_its_name_is_not_found_everywhere() -> None:
    terms = EnrichmentTerms(attributes=("-/-",))
    outcome = suggest(
        [product({"Notes": "yes: -/- no"})], DEFINITIONS, terms, OfflineProvider(), SETTINGS
    )

    assert outcome.products[0].suggestions == ()
