"""Unusable answers and outages of a provider fail the products that they concern, and no others."""

from __future__ import annotations

import logging

import pytest

from core.enrichment.model import FailureCode
from core.enrichment.providers.interface import KeyUnreadable
from core.enrichment.suggestions.pricing import Budget
from core.enrichment.suggestions.suggesting import suggest
from tests import model_server
from tests.model_server import ModelServer, reason, status, values
from tests.unit.enrichment.enrichment_kit import (
    CATALOGUE,
    COLOUR,
    named,
    product,
    value_of,
)
from tests.unit.enrichment.openai_calls import (
    KEY,
    enrich,
    failure_of,
    one,
    provider_for,
    settings_for,
)

pytestmark = pytest.mark.slow  # waits for a slow server

MALFORMED = [
    reason("Sure! The colour is red."),
    reason('{"colour": {"value": '),
    reason("[1, 2]"),
    reason("null"),
    reason(None),
    reason('{"colour": {"value": NaN}}'),
    reason("[" * 10_000),
    model_server.body(b"<html>it works</html>", "text/html"),
    model_server.body(b"{not json"),
    model_server.body(b"{}"),
    model_server.body(b'{"choices": []}'),
    model_server.body(b'{"choices": [{"message": null}]}'),
    model_server.body(b'{"choices": "none", "usage": "much"}'),
    model_server.body(b"[]"),
    model_server.body(b'{"choices": [null]}'),
    model_server.body(b'{"choices": ["x"]}'),
    model_server.body(b'{"choices": {"0": {"message": {"content": "{}"}}}}'),
    model_server.body(b'{"choices": [{"message": ["x"]}]}'),
    model_server.body(b'{"choices": [{"message": {"content": {"colour": 1}}}]}'),
    model_server.body(b"[" * 100_000),
    model_server.body(b'{"a":' * 100_000),
    model_server.body(b"7" * 5_000),
    model_server.body(b""),
    model_server.body(b"null"),
    model_server.body(b'"red"'),
]


@pytest.mark.parametrize("behaviour", MALFORMED, ids=range(len(MALFORMED)))
def test_an_answer_that_is_no_object_fails_its_product_alone_after_one_more_try(
    server: ModelServer, behaviour: model_server.Behaviour
) -> None:
    server.script("Boot", behaviour)

    boot, shoe = enrich(server, ["Boot", "Shoe"], COLOUR).products

    assert failure_of(boot) is FailureCode.MALFORMED_ANSWER
    assert value_of(shoe, COLOUR) == "red"
    assert len(server.asked_about("Boot")) == 2
    assert boot.usage.requests == 2
    assert boot.usage.input_tokens > 300  # what was sent was read, and is paid for


def test_a_malformed_answer_may_be_mended_by_the_second(server: ModelServer) -> None:
    server.script("Boot", reason("hm"), values({"colour": "red"}))

    enriched = one(enrich(server, ["Boot"], COLOUR))

    assert value_of(enriched, COLOUR) == "red"
    assert enriched.usage.requests == 2


def test_a_refusal_and_a_cut_off_answer_are_told_and_paid(server: ModelServer) -> None:
    server.script("Boot", model_server.refuses())
    server.script("Shoe", model_server.cut_off())
    server.script("Coat", reason("{}", finish="content_filter"))

    boot, shoe, coat, hat = enrich(server, ["Boot", "Shoe", "Coat", "Hat"], COLOUR).products

    assert failure_of(boot) is FailureCode.MODEL_REFUSED
    assert failure_of(shoe) is FailureCode.ANSWER_CUT_OFF
    assert failure_of(coat) is FailureCode.MODEL_REFUSED
    assert failure_of(hat) is None
    assert boot.usage.input_tokens == shoe.usage.input_tokens == model_server.INPUT_TOKENS


def test_without_a_key_openai_itself_is_not_asked(server: ModelServer) -> None:
    settings = settings_for(server, openai_base_url="")

    outcome = enrich(server, ["Boot", "Shoe"], settings=settings, key="  ")

    assert {failure_of(p) for p in outcome.products} == {FailureCode.PROVIDER_NOT_CONFIGURED}
    assert outcome.usage.requests == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"enrichment_provider": "oracle"},
        {"enrichment_model": ""},
        {"openai_base_url": "file:///etc/passwd"},
        {"openai_base_url": "127.0.0.1:8000"},
        {"enrichment_provider": "bedrock"},
    ],
)
def test_a_provider_that_is_not_described_is_told(
    server: ModelServer, wrong: dict[str, str]
) -> None:
    enriched = one(enrich(server, ["Boot"], settings=settings_for(server, **wrong)))

    assert failure_of(enriched) is FailureCode.PROVIDER_NOT_CONFIGURED
    assert server.requests == []


@pytest.mark.parametrize(
    "stored", ['{"OPENAI_API_KEY": "sk-secret-0123456789"}', "sk-one\nsk-two", "sk-ключ", '"sk-1"']
)
def test_what_cannot_be_a_key_is_not_sent(server: ModelServer, stored: str) -> None:
    enriched = one(enrich(server, ["Boot"], key=stored))

    assert failure_of(enriched) is FailureCode.PROVIDER_NOT_CONFIGURED
    assert server.requests == []
    assert "sk-" not in repr(enriched)


def test_a_refused_key_is_told_once_for_all_and_never_shown(
    server: ModelServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.key = "sk-another"
    names = [f"P{n}" for n in range(20)]

    outcome = enrich(
        server, names, settings=settings_for(server, enrichment_calls_in_flight=1), key=KEY
    )

    assert len(outcome.products) == len(names)
    assert {failure_of(p) for p in outcome.products} == {FailureCode.PROVIDER_REFUSED_KEY}
    assert len(server.requests) == 1
    assert KEY not in repr(outcome)
    assert KEY not in caplog.text


def test_after_a_refused_key_the_next_batch_reads_it_anew(server: ModelServer) -> None:
    server.key = "sk-new"
    keys = iter(["sk-old", "sk-new"])
    settings = settings_for(server)
    provider = provider_for(settings, read_key=lambda: next(keys))
    products = [product({"Name": "Boot"})]

    old = suggest(products, CATALOGUE, named(COLOUR), provider, settings)
    new = suggest(products, CATALOGUE, named(COLOUR), provider, settings)

    assert failure_of(one(old)) is FailureCode.PROVIDER_REFUSED_KEY
    assert value_of(one(new), COLOUR) == "red"


def test_a_refused_request_tells_the_providers_words_without_the_key(server: ModelServer) -> None:
    server.script("Boot", status(400, message=f"no model for\n{KEY}"))

    enriched = one(enrich(server, ["Boot"]))

    assert failure_of(enriched) is FailureCode.PROVIDER_REFUSED_REQUEST
    assert enriched.failure is not None
    assert "no model for …" in enriched.failure.message
    assert KEY not in enriched.failure.message


def test_an_account_without_quota_is_not_waited_for(server: ModelServer) -> None:
    server.script("Boot", status(429, {"Retry-After": "5"}, code="insufficient_quota"))

    enriched = one(enrich(server, ["Boot"]))

    assert failure_of(enriched) is FailureCode.PROVIDER_REFUSED_KEY


def test_an_answer_that_comes_too_late_fails_its_product_alone(server: ModelServer) -> None:
    server.script("Boot", model_server.late(30))
    settings = settings_for(server, enrichment_timeout_seconds=1)

    boot, shoe = enrich(server, ["Boot", "Shoe"], settings=settings).products

    assert failure_of(boot) is FailureCode.PROVIDER_TIMED_OUT
    assert failure_of(shoe) is None
    assert boot.usage.input_tokens > 300


@pytest.mark.parametrize("code", [500, 502, 503, 529])
def test_a_server_error_is_tried_once_more(server: ModelServer, code: int) -> None:
    server.script("Boot", status(code), values({"colour": "red"}))
    server.script("Shoe", status(code))

    boot, shoe = enrich(server, ["Boot", "Shoe"]).products

    assert value_of(boot, COLOUR) == "red"
    assert failure_of(shoe) is FailureCode.PROVIDER_UNAVAILABLE
    assert len(server.asked_about("Shoe")) == 2


def test_a_connection_that_drops_or_is_refused_is_an_outage(server: ModelServer) -> None:
    server.script("Boot", model_server.drops())
    boot, shoe = enrich(server, ["Boot", "Shoe"]).products
    assert failure_of(boot) is FailureCode.PROVIDER_UNAVAILABLE
    assert failure_of(shoe) is None

    nobody = settings_for(server, openai_base_url="http://127.0.0.1:9/v1")
    unreached = one(enrich(server, ["Boot"], settings=nobody))
    assert failure_of(unreached) is FailureCode.PROVIDER_UNAVAILABLE
    assert unreached.usage.input_tokens == 0


def test_an_answer_that_breaks_off_is_counted_as_read(server: ModelServer) -> None:
    server.script("Boot", model_server.cut_short(b'{"choices": [{"mess'))

    boot, shoe = enrich(server, ["Boot", "Shoe"]).products

    assert failure_of(boot) is FailureCode.PROVIDER_UNAVAILABLE
    assert failure_of(shoe) is None
    assert boot.usage.input_tokens > 300


def test_a_server_that_answers_rubbish_uses_the_budget_up(server: ModelServer) -> None:
    server.script("about", model_server.body(b"<html>it works</html>", "text/html"))
    settings = settings_for(server, enrichment_calls_in_flight=1)

    outcome = enrich(
        server, [f"P{n}" for n in range(9)], settings=settings, budget=Budget(max_tokens=1500)
    )

    assert outcome.stopped is FailureCode.BUDGET_EXHAUSTED
    assert len(server.requests) < 6


@pytest.mark.parametrize("count", ["1" + "0" * 400, "-1", "1e400", "true", '"7"', "null"])
def test_a_count_of_tokens_that_cannot_be_is_not_believed(server: ModelServer, count: str) -> None:
    content = '{\\"colour\\": {\\"drawnFrom\\": [], \\"value\\": \\"red\\", \\"confidence\\": 1}}'
    usage = f'{{"prompt_tokens": {count}, "completion_tokens": {count}}}'
    answer = f'{{"choices": [{{"message": {{"content": "{content}"}}}}], "usage": {usage}}}'
    server.script("Boot", model_server.body(answer.encode()))

    enriched = one(enrich(server, ["Boot"], COLOUR))

    if count != "1e400":  # is no JSON for Python's reader, but infinity; either way no failure
        assert value_of(enriched, COLOUR) == "red"
    assert 300 < enriched.usage.input_tokens < 3000


def test_a_key_that_cannot_be_read_is_no_outcome_of_a_product(server: ModelServer) -> None:
    def unreadable() -> str:
        raise OSError("the place of the key does not answer")

    settings = settings_for(server)
    provider = provider_for(settings, read_key=unreadable)
    with pytest.raises(KeyUnreadable):
        suggest([product({"Name": "Boot"})], CATALOGUE, named(COLOUR), provider, settings)
