"""Settings are read from the environment, and what is no number is named."""

import dataclasses

import pytest

from core.settings import MAY_BE_ZERO, Settings

NUMBERS = [field.name for field in dataclasses.fields(Settings) if type(field.default) is int]


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
        ("ENRICHMENT_CALLS_IN_FLIGHT", "1.5E0"),
        ("ENRICHMENT_CALLS_IN_FLIGHT", "many"),
        ("ENRICHMENT_CALLS_IN_FLIGHT", "nan"),
        ("ENRICHMENT_CALLS_IN_FLIGHT", "inf"),
        ("ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS", "cheap"),
        ("ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS", "-1"),
        ("ENRICHMENT_OUTPUT_USD_PER_MILLION_TOKENS", "nan"),
        ("ENRICHMENT_OUTPUT_USD_PER_MILLION_TOKENS", "inf"),
    ],
)
def test_what_is_no_number_is_named(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name):
        Settings.from_environment({name: text})


def test_a_large_number_may_come_as_cloudformation_writes_it() -> None:
    settings = Settings.from_environment(
        {"MAX_UPLOAD_BYTES": "5.36870912E9", "MAX_COMMIT_ROWS": "1.0E7", "MAX_COLUMNS": "5000"}
    )

    assert settings == Settings()


@pytest.mark.parametrize("name", NUMBERS)
def test_a_number_that_nothing_can_work_with_is_refused_and_the_least_is_taken(name: str) -> None:
    least = 0 if name in MAY_BE_ZERO else 1

    assert getattr(Settings.from_environment({name.upper(): str(least)}), name) == least
    with pytest.raises(ValueError, match=f"{name.upper()} must be a whole number from {least}"):
        Settings.from_environment({name.upper(): str(least - 1)})


def test_where_zero_means_something_is_known_by_name() -> None:
    assert set(NUMBERS) > MAY_BE_ZERO
    for name in ("target_chunk_count", "chunk_largest_bytes", "read_block_bytes", "max_columns"):
        assert name not in MAY_BE_ZERO
    assert all(getattr(Settings(), name) or name in MAY_BE_ZERO for name in NUMBERS)
