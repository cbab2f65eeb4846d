"""docs/enrichment.md names settings, outcomes and types as they are."""

import dataclasses
import re

from core.attributes.definitions import SUGGESTED_TYPES
from core.enrichment.model import EnrichmentOutcome
from core.enrichment.providers.factory import create_provider
from core.settings import Settings
from tests.sources import ROOT

PAGE = (ROOT / "docs" / "enrichment.md").read_text(encoding="utf-8")

STATED_WITH_DEFAULT = (
    "enrichment_timeout_seconds",
    "enrichment_calls_in_flight",
    "enrichment_max_output_tokens",
    "enrichment_max_context_characters",
    "enrichment_max_wait_seconds",
)


def test_every_setting_of_a_provider_is_told_with_its_default() -> None:
    for name in STATED_WITH_DEFAULT:
        row = re.search(rf"^\| `{name.upper()}` \| (\S+) \|", PAGE, re.MULTILINE)
        assert row is not None, name
        assert row.group(1) == str(getattr(Settings(), name)), name
    reported = set(re.findall(r"`(ENRICHMENT_[A-Z_]*[A-Z]|OPENAI_BASE_URL)`", PAGE))
    assert len(reported) > 8
    assert {name.lower() for name in reported} <= {f.name for f in dataclasses.fields(Settings)}


def test_every_outcome_and_type_is_told() -> None:
    for outcome in EnrichmentOutcome:
        assert f"| `{outcome}` |" in PAGE
    for kind in SUGGESTED_TYPES:
        assert f"`{kind}`" in PAGE


def test_the_providers_that_are_told_exist() -> None:
    named = set(re.findall(r"^\| `(offline|openai|bedrock)`", PAGE, re.MULTILINE))
    assert named == {"offline", "openai", "bedrock"}
    settings = Settings(enrichment_model="m")
    for name in named:
        chosen = dataclasses.replace(settings, enrichment_provider=name)
        assert create_provider(chosen, lambda: None, dict).name == name
