"""What was paid for once is not paid for again, and what differs is not confused."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.attributes.definitions import AttributeDefinition
from core.enrichment.providers.offline import OfflineProvider
from core.enrichment.suggestions.caching import StoredAnswers
from core.enrichment.suggestions.pricing import Budget
from core.enrichment.suggestions.suggesting import BatchOutcome, suggest
from core.jobs.orders import EnrichmentTerms
from core.settings import Settings
from core.storage import FolderStore
from tests.model_server import ModelServer, reason, refuses, status, values
from tests.unit.enrichment.enrichment_kit import (
    CATALOGUE,
    COLOUR,
    NOTES,
    SETTINGS,
    WEIGHT,
    named,
    product,
    value_of,
)
from tests.unit.enrichment.openai_calls import one, provider_for, settings_for

BUCKET = "results"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path)


def ask(
    server: ModelServer,
    store: FolderStore,
    stored: Mapping[str, Any] | None = None,
    *,
    product_id: str = "p1",
    settings: Settings | None = None,
    terms: EnrichmentTerms | None = None,
    definitions: tuple[AttributeDefinition, ...] = CATALOGUE,
    **more: Any,
) -> BatchOutcome:
    chosen = settings or settings_for(server)
    return suggest(
        [product(dict(stored or {"Name": "Boot"}), product_id)],
        definitions,
        terms or named(COLOUR),
        provider_for(chosen),
        chosen,
        cache=StoredAnswers(store, BUCKET),
        **more,
    )


def test_a_second_run_is_free_and_says_so(server: ModelServer, store: FolderStore) -> None:
    first = one(ask(server, store))
    second = one(ask(server, store))

    assert len(server.requests) == 1
    assert second.suggestions == first.suggestions
    assert (first.from_cache, second.from_cache) == (False, True)
    assert (first.usage.requests, second.usage.requests) == (1, 0)
    assert second.usage.cost_usd == 0


def test_what_the_answer_does_not_depend_on_does_not_matter(
    server: ModelServer, store: FolderStore
) -> None:
    ask(server, store, product_id="p1")
    other = one(ask(server, store, product_id="p2"))

    assert other.from_cache
    assert other.id == "p2"


def test_everything_that_the_answer_depends_on_matters(
    server: ModelServer, store: FolderStore
) -> None:
    plain = settings_for(server)
    wider = tuple(
        dataclasses_replaced(d, options=(*d.options, "green")) if d is COLOUR else d
        for d in CATALOGUE
    )
    ask(server, store)
    questions: list[dict[str, Any]] = [
        {"stored": {"Name": "Shoe"}},
        {"stored": {"Name": "Boot", "Notes": "blue"}},
        {"terms": named(COLOUR, WEIGHT)},
        {"definitions": wider},
        {"descriptions": {"Colour": "of the sole"}},
        {"settings": dataclasses.replace(plain, enrichment_model="another")},
        {"settings": dataclasses.replace(plain, openai_base_url=f"{server.base_url}/")},
        {"settings": dataclasses.replace(plain, enrichment_max_output_tokens=999)},
    ]
    for question in questions:
        before = len(server.requests)
        assert not one(ask(server, store, **question)).from_cache, question
        assert len(server.requests) == before + 1, question


def dataclasses_replaced(definition: AttributeDefinition, **more: Any) -> AttributeDefinition:
    import msgspec

    return msgspec.structs.replace(definition, **more)


def test_a_value_cut_out_of_the_context_is_still_part_of_the_question(
    server: ModelServer, store: FolderStore
) -> None:
    short = dataclasses.replace(settings_for(server), enrichment_max_context_characters=10)
    terms = named(COLOUR, replace=("Notes",))
    server.script("Boot", values({"notes": "new"}))
    ask(server, store, {"Name": "Boot", "Notes": "x" * 99 + "1"}, settings=short, terms=terms)
    other = one(
        ask(server, store, {"Name": "Boot", "Notes": "x" * 99 + "2"}, settings=short, terms=terms)
    )

    assert not other.from_cache
    assert [s.replaces for s in other.suggestions] == ["x" * 99 + "2"]
    assert value_of(other, NOTES) == "new"


def test_a_batch_that_is_repeated_counts_what_its_first_try_paid(
    server: ModelServer, store: FolderStore
) -> None:
    first = one(ask(server, store, asked_by="job-1/1/0"))
    again = one(ask(server, store, asked_by="job-1/1/0"))
    other_job = one(ask(server, store, asked_by="job-2/1/0"))

    assert len(server.requests) == 1
    assert (again.usage, again.from_cache) == (first.usage, False)
    assert (other_job.usage.requests, other_job.from_cache) == (0, True)


def test_equal_products_of_one_batch_are_counted_as_often_as_they_were_asked_for(
    server: ModelServer, store: FolderStore
) -> None:
    def batch() -> BatchOutcome:
        chosen = settings_for(server, enrichment_calls_in_flight=2)
        equal = [product({"Name": "Boot"}, f"p{n}") for n in range(12)]
        return suggest(
            equal,
            CATALOGUE,
            named(COLOUR),
            provider_for(chosen),
            chosen,
            cache=StoredAnswers(store, BUCKET),
            asked_by="job-1/1/0/0",
        )

    first = batch()
    requested = len(server.requests)
    again = batch()

    assert 1 <= requested <= 2  # two at once know nothing of one another
    assert first.usage.requests == requested
    assert sum(not p.from_cache for p in first.products) == requested
    assert len(server.requests) == requested
    assert again.usage.requests == 1


@pytest.mark.parametrize("failing", [refuses(), status(400), reason("hm")])
def test_a_failure_is_not_kept(server: ModelServer, store: FolderStore, failing: Any) -> None:
    server.script("Boot", failing)
    assert one(ask(server, store)).failure is not None
    server.script("Boot", values({"colour": "red"}))

    assert value_of(one(ask(server, store)), COLOUR) == "red"


def test_an_answer_whose_second_try_could_not_be_made_is_not_kept(
    server: ModelServer, store: FolderStore
) -> None:
    server.script("Boot", values({"colour": "green"}), values({"colour": "red"}))
    broken_off = one(ask(server, store, budget=Budget(max_tokens=1)))
    complete = one(ask(server, store))

    assert broken_off.suggestions == ()
    assert value_of(complete, COLOUR) == "red"


def test_i_dont_know_is_kept_as_well(server: ModelServer, store: FolderStore) -> None:
    server.script("Boot", values({}))
    ask(server, store)

    assert one(ask(server, store)).from_cache


def test_a_kept_answer_that_cannot_be_read_is_asked_anew(
    server: ModelServer, store: FolderStore
) -> None:
    ask(server, store)
    (key,) = store.list_keys(BUCKET, "enrichment/answers/")
    store.put(BUCKET, key, b'{"of": "another version"}', "application/json")

    assert not one(ask(server, store)).from_cache


def test_the_offline_provider_needs_no_cache(store: FolderStore) -> None:
    suggest(
        [product({"Notes": "red"})],
        CATALOGUE,
        named(COLOUR),
        OfflineProvider(),
        SETTINGS,
        cache=StoredAnswers(store, BUCKET),
    )

    assert list(store.list_keys(BUCKET, "")) == []


def test_storage_that_is_broken_is_no_outcome_of_a_product(server: ModelServer) -> None:
    class Broken:
        def find(self, key: str) -> None:
            raise OSError("no storage")

        def keep(self, key: str, result: object, asked_by: str) -> None:
            raise AssertionError

    settings = settings_for(server)
    with pytest.raises(OSError, match="no storage"):
        suggest(
            [product({})],
            CATALOGUE,
            named(COLOUR),
            provider_for(settings),
            settings,
            cache=Broken(),
        )
