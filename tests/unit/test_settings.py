"""Settings are read from the environment, and what is no number is named."""

import pytest

from core.settings import Settings


def test_numbers_texts_and_amounts_are_read() -> None:
    settings = Settings.from_environment(
        {
            "ENRICHMENT_PROVIDER": "openai",
            "ENRICHMENT_CALLS_IN_FLIGHT": "7",
            "ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS": "0.15",
            "ENRICHMENT_MODEL": "",
        }
    )

    assert settings.enrichment_provider == "openai"
    assert settings.enrichment_calls_in_flight == 7
    assert settings.enrichment_input_usd_per_million_tokens == 0.15
    assert settings.enrichment_model == Settings().enrichment_model


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ENRICHMENT_CALLS_IN_FLIGHT", "1.5"),
        ("ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS", "cheap"),
        ("ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS", "-1"),
        ("ENRICHMENT_OUTPUT_USD_PER_MILLION_TOKENS", "nan"),
        ("ENRICHMENT_OUTPUT_USD_PER_MILLION_TOKENS", "inf"),
    ],
)
def test_what_is_no_number_is_named(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: text})
