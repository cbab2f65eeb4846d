"""Suggestions through the whole product: HTTP in, the real SDK out to a scripted model server."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.storage import EnrichmentKeys
from infra.client.rest import ApiError, Rest
from infra.local import logs
from infra.local import stack as local_stack
from infra.local.configuration import LOCAL_DEFAULTS, Configuration, Port
from infra.local.deployment import client
from tests.denials import denials_in
from tests.model_server import MODEL, ModelServer, held, late, reason, refuses, status, values

pytestmark = pytest.mark.e2e

KEY = "sk-end-to-end-0123456789"
FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
PATIENCE_SECONDS = 120
QUIET_SECONDS = 3
"""How long we watch to see that nothing more happens."""
ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "SKU", "type": "short_text", "isIdentifier": True},
    {"name": "Name", "type": "short_text"},
    {"name": "Shelf", "type": "short_text"},
    {"name": "Colour", "type": "single_select", "options": ["Red", "Blue"]},
    {"name": "Weight", "type": "measure", "unit": "kg"},
]
WANTED = {"attributes": ["Colour", "Weight"]}


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture(scope="module")
def stack(model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """A stack whose provider is the scripted server."""
    configuration = Configuration(
        state=tmp_path_factory.mktemp("enriching"),
        aws_port=Port("AWS_PORT", 0, named=False),
        mongodb_port=Port("MONGODB_PORT", 0, named=False),
        mongodb_uri=None,
        parameters={
            **LOCAL_DEFAULTS,
            "EnrichmentProvider": "openai",
            "EnrichmentModel": MODEL,
            "OpenaiBaseUrl": model.base_url,
            "EnrichmentTimeoutSeconds": "3",
            "EnrichmentInputUsdPerMillionTokens": "2",
            "EnrichmentOutputUsdPerMillionTokens": "10",
            "EnrichmentBatchProducts": "4",
            "EnrichmentCallsInFlight": "1",
            "EnrichMaxConcurrency": "1",
            "InlineMapMaxChunks": "2",
        },
        model_key=KEY,
        auth=True,
    )
    try:
        local_stack.up(configuration, print)
        description: dict[str, Any] = json.loads(configuration.stack_file.read_text())
        yield {**description, "state": configuration.state}
        said = logs.dump(description["awsPort"])
        print(said)
        assert denials_in(said) == []
    finally:
        local_stack.down(configuration, print)


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    client = Rest(stack["apiUrl"])
    for body in ATTRIBUTES:
        client.create_attribute(body)
    return client


@pytest.fixture(autouse=True)
def a_server_that_knows_the_key(model: ModelServer) -> None:
    model.forget()
    model.key = KEY


def save(rest: Rest, shelf: str, *names: str) -> list[str]:
    """Products of these names; their ids."""
    ids = [f"{shelf}/{n}" for n in range(len(names))]
    products = [
        {"SKU": product_id, "Name": name, "Shelf": shelf}
        for product_id, name in zip(ids, names, strict=True)
    ]
    rest.call("POST", "/products/approve", {"products": products})
    return ids


def ask(rest: Rest, **body: Any) -> dict[str, Any]:
    return rest.call("POST", "/products/enrich", body)


def wait(rest: Rest, job_id: str) -> dict[str, Any]:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        job: dict[str, Any] = rest.job(job_id)
        if job["status"] in FINAL:
            return job
        time.sleep(0.2)
    raise AssertionError(f"the job did not finish: {job}")


def lines(job: dict[str, Any]) -> list[dict[str, Any]]:
    with urllib.request.urlopen(job["downloads"]["suggestions"], timeout=30) as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


def test_a_model_is_asked_its_answer_judged_and_the_preview_saved_as_it_is(
    rest: Rest, model: ModelServer
) -> None:
    ids = save(rest, "good", "Good boot")
    model.script("Good boot", values({"colour": "Red", "weight": 2.5}))

    answer = ask(rest, productIds=ids, **WANTED)

    (item,) = answer["enrichedProductsPreview"]
    assert item["outcome"] == "suggested", item
    assert item["aiSuggestions"]["Colour"] == "Red"
    assert {s["model"] for s in item["suggestions"]} == {MODEL}
    assert answer["usage"]["requests"] >= 1
    assert answer["usage"]["costUsd"] > 0
    assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"

    # the same request again costs nothing
    requested = len(model.requests)
    again = ask(rest, productIds=ids, **WANTED)
    assert again["enrichedProductsPreview"][0]["fromCache"] is True
    assert len(model.requests) == requested

    saved = rest.call(
        "PUT", "/products/bulk-update", {"products": answer["enrichedProductsPreview"]}
    )
    assert saved["updatedProductIds"] == ids


@pytest.mark.parametrize(
    ("name", "behaviour", "code"),
    [
        ("Away lamp", status(500), "PROVIDER_UNAVAILABLE"),
        ("Garbled lamp", reason("no JSON at all"), "MALFORMED_ANSWER"),
        ("Unwanted lamp", refuses(), "MODEL_REFUSED"),
        ("Slow lamp", late(8), "PROVIDER_TIMED_OUT"),
        ("Busy lamp", status(429, {"Retry-After": "60"}), "PROVIDER_THROTTLED"),
    ],
)
def test_a_bad_day_of_the_provider_is_told_for_the_product(
    rest: Rest, model: ModelServer, name: str, behaviour: Any, code: str
) -> None:
    ids = save(rest, name, name)
    model.script(name, behaviour)

    answer = ask(rest, productIds=ids, **WANTED)

    (item,) = answer["enrichedProductsPreview"]
    assert item["outcome"] in ("failed", "skipped")
    assert item["failure"]["code"] == code
    assert item["failure"]["message"].endswith(".")
    assert item["aiSuggestions"] == {}
    assert "not enriched" in answer["message"]


def test_one_products_bad_answer_never_fails_the_others(rest: Rest, model: ModelServer) -> None:
    ids = save(rest, "mixed", "Fine chair", "Broken chair", "Invented chair")
    model.script("Fine chair", values({"colour": "Blue", "weight": 3}))
    model.script("Broken chair", reason("{"))
    model.script("Invented chair", values({"colour": "Purple", "weight": None}))

    answer = ask(rest, productIds=ids, **WANTED)

    fine, broken, invented = answer["enrichedProductsPreview"]
    assert fine["aiSuggestions"]["Colour"] == "Blue"
    assert broken["failure"]["code"] == "MALFORMED_ANSWER"
    assert invented["aiSuggestions"] == {}
    assert "NOT_AN_OPTION" in {omission["code"] for omission in invented["omissions"]}


def test_a_refused_key_is_told_and_is_in_no_answer_file_or_log(
    rest: Rest, model: ModelServer, stack: dict[str, Any]
) -> None:
    ids = save(rest, "refused", "Refused stool")
    model.key = "another"

    answer = ask(rest, productIds=ids, **WANTED)

    (item,) = answer["enrichedProductsPreview"]
    assert item["failure"]["code"] == "PROVIDER_REFUSED_KEY"
    assert KEY not in json.dumps(answer)
    assert KEY not in logs.dump(stack["awsPort"])
    assert KEY not in (stack["state"] / "stack.json").read_text(encoding="utf-8")
    job = wait(rest, ask(rest, productIds=ids, **{**WANTED, "async": True})["jobId"])
    assert KEY not in json.dumps(job)
    files = objects(stack, job["_id"])
    assert any(key.endswith("suggestions/000000.ndjson") for key in files), "what a task writes"
    assert not [key for key, body in files.items() if KEY.encode() in body or KEY in key]

    # once the provider takes it, nothing need be started anew
    model.key = KEY
    (mended,) = ask(rest, productIds=ids, **WANTED)["enrichedProductsPreview"]
    assert mended["outcome"] == "suggested"


def aws(stack: dict[str, Any], service: str) -> Any:
    return client(service, stack["awsPort"])


def objects(stack: dict[str, Any], job_id: str) -> dict[str, bytes]:
    """All that a job wrote."""
    s3, bucket = aws(stack, "s3"), stack["resultsBucket"]
    return {
        item["Key"]: s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
        for folder in ("work", "results")
        for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Prefix=f"{folder}/{job_id}/"
        )
        for item in page.get("Contents", ())
    }


def test_a_provider_that_says_when_to_come_again_is_left_alone_for_so_long(
    rest: Rest, model: ModelServer
) -> None:
    save(rest, "alone", *(f"Shy table {n}" for n in range(5)))
    model.script("Shy table 2", status(429, {"Retry-After": "7"}), values({"colour": "Red"}))

    job = wait(rest, ask(rest, filter={"Shelf": "alone"}, **WANTED)["jobId"])

    assert job["status"] == "COMPLETED", job
    refused, taken = model.asked_about("Shy table 2")[:2]
    assert taken.came_at - refused.came_at >= 7, "no sooner than it asked for"
    between = [r for r in model.requests if refused.came_at < r.came_at < refused.came_at + 7]
    assert not between, "nor by anybody else of the job, one task at once"


def test_a_job_that_was_told_to_wait_goes_on_with_every_product(
    rest: Rest, model: ModelServer
) -> None:
    ids = save(rest, "wait", *(f"Patient table {n}" for n in range(9)))
    model.script("Patient table 5", status(429, {"Retry-After": "7"}), values({"colour": "Red"}))

    started = ask(rest, filter={"Shelf": "wait"}, **WANTED)
    assert started["products"] == 9
    job = wait(rest, started["jobId"])

    assert (job["type"], job["status"]) == ("enrichment", "COMPLETED"), job
    assert job["counts"]["suggested"] == 9
    assert job["usage"]["inputTokens"] > 0
    found = {line["_id"]: line for line in lines(job)}
    assert sorted(found) == sorted(ids)

    part = [{"_id": ids[5], "attributes": ["Colour"]}]
    rest.call("PUT", "/products/bulk-update", {"jobId": job["_id"], "accept": part})
    whole = rest.call("PUT", "/products/bulk-update", {"jobId": job["_id"], "accept": "all"})
    assert whole["productsUpdated"] >= 8
    assert (
        rest.call("GET", "/products?Shelf=wait&Colour[exists]=true")["pagination"]["totalItems"]
        == 9
    )


def test_a_budget_ends_the_job_cleanly_and_keeps_what_is_done(
    rest: Rest, model: ModelServer
) -> None:
    save(rest, "budget", *(f"Dear sofa {n}" for n in range(9)))

    started = ask(rest, filter={"Shelf": "budget"}, budget={"tokens": 3000}, **WANTED)
    job = wait(rest, started["jobId"])

    counts = job["counts"]
    assert job["status"] == "COMPLETED_WITH_ISSUES"
    assert counts["suggested"] >= 1
    assert counts["skipped"] >= 1
    assert counts["failuresByCode"] == {"BUDGET_EXHAUSTED": counts["skipped"]}
    used = job["usage"]["inputTokens"] + job["usage"]["outputTokens"]
    assert 3000 <= used < 3000 + 2 * 1050, "one call in flight, and its second try"
    assert "the budget was used up" in job["message"]

    # a new wish with the cache behind it pays for the rest alone
    requested = len(model.requests)
    rest_of_it = wait(rest, ask(rest, filter={"Shelf": "budget"}, **WANTED)["jobId"])
    assert rest_of_it["counts"]["fromCache"] == counts["suggested"]
    assert len(model.requests) - requested == rest_of_it["usage"]["requests"]


def test_a_job_that_is_cancelled_asks_for_no_further_batch(
    rest: Rest, model: ModelServer, stack: dict[str, Any]
) -> None:
    # given a job in the middle of its first batch of three
    save(rest, "cancelled", *(f"Slow lamp {n}" for n in range(9)))
    cancelled = threading.Event()
    model.script("Slow lamp 0", held(cancelled, values({"colour": "Red"})))
    job_id = ask(rest, filter={"Shelf": "cancelled"}, **WANTED)["jobId"]
    end = time.monotonic() + PATIENCE_SECONDS
    while not model.requests and time.monotonic() < end:
        time.sleep(0.05)

    # when
    job = rest.call("POST", f"/processing-jobs/{job_id}/cancel")["job"]
    cancelled.set()

    # then
    assert (job["status"], job["errorCode"]) == ("FAILED", "CANCELLED")
    assert EnrichmentKeys(job_id, 1).stop in objects(stack, job_id)
    machine = stack["stateMachineArn"].replace("product-import", "product-enrich")
    execution = machine.replace(":stateMachine:", ":execution:") + f":{job_id}"
    found = aws(stack, "stepfunctions").describe_execution(executionArn=execution)
    assert found["status"] == "ABORTED"
    time.sleep(QUIET_SECONDS)
    assert len(model.requests) <= 4, "what was under way, and no second batch"


def test_a_dry_run_estimates_and_asks_nothing(rest: Rest, model: ModelServer) -> None:
    save(rest, "dry", *(f"Cheap bench {n}" for n in range(3)))

    answer = ask(rest, filter={"Shelf": "dry"}, dryRun=True, **WANTED)

    assert answer["dryRun"] is True
    assert answer["estimate"]["products"] == 3
    assert answer["estimate"]["inputTokens"] > 0
    assert answer["estimate"]["costUsd"] > 0
    assert model.requests == []


def test_a_model_proposes_a_mapping_with_the_rights_that_its_functions_have(
    rest: Rest, model: ModelServer, tmp_path: Path
) -> None:
    file = tmp_path / "parts.csv"
    file.write_text("SKU,Lackierung\nM-1,Red\nM-2,Blue\n", encoding="utf-8")
    ticket = rest.presigned_upload(file.name, {})
    rest.upload(ticket["uploadUrl"], ticket.get("headers", {}), file)
    job_id = rest.process_file(ticket["s3Key"])
    wait(rest, job_id)
    pair = {"column": 2, "attribute": "Colour", "confidence": 0.9}
    model.script("Lackierung", reason({"pairs": [pair]}), status(500))
    call = f"/uploads/{job_id}/mapping-proposal"

    answer = rest.call("POST", call, {"by": "model"})

    (proposal,) = answer["proposals"]
    assert (answer["by"], proposal["attribute"]) == ("model", "Colour"), answer
    assert answer["usage"]["costUsd"] > 0
    assert model.requests[0].headers["authorization"] == f"Bearer {KEY}"

    instead = rest.call("POST", call, {"by": "model"})
    assert (instead["by"], instead["failure"]["code"]) == ("rules", "PROVIDER_UNAVAILABLE")


def test_what_cannot_be_enriched_is_refused_with_a_sentence(rest: Rest) -> None:
    for body, code in (
        ({"productIds": ["nobody"]}, 404),
        ({"productIds": []}, 400),
        ({"filter": {"Shelve": "x"}}, 400),
    ):
        with pytest.raises(ApiError) as refused:
            ask(rest, **body)
        assert refused.value.status == code
        assert str(refused.value)[-1] in ".?"
