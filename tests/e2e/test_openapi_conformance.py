"""Every answer of the served API conforms to the served description, whatever is sent.

schemathesis makes calls that the description allows, and calls that it does not. About half of
those that name a thing name one that exists, or carry a body that succeeds. The first does both,
while all that it names is there, so that every operation answers with more than refusals.
"""

from __future__ import annotations

import contextlib
import json
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.api_description.document import describe
from core.api_description.operations import OPERATIONS
from infra.client.rest import ApiError, Rest
from tests.openapi_checks import strict_document

pytestmark = pytest.mark.e2e

EXAMPLES_EACH_WAY = 12
PATIENCE_SECONDS = 60
FINAL = {"COMPLETED", "COMPLETED_WITH_ISSUES", "FAILED"}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""Not those that a value must be taken (or refused) because its schema says so: whether a name is
free or a job finished, no schema can say; and a body's null means "not given"."""

ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "Open SKU", "type": "short_text", "isIdentifier": True},
    {"name": "Open Price", "type": "number"},
    {"name": "Open Color", "type": "multiple_select", "options": ["Red", "Blue"]},
    {"name": "Open Weight", "type": "measure", "unit": "kg"},
]
PROFILE: dict[str, Any] = {"name": "open-profile", "options": {"delimiter": ";"}}
PRODUCT_IDS = ("A/1", "100 % wool", "größe", "plain")
DESCRIPTION = describe()
CALLS = [
    pytest.param(method, path, id=f"{method.upper()} {path}")
    for path, methods in DESCRIPTION["paths"].items()
    for method in methods
]


@dataclass(frozen=True, slots=True)
class Known:
    """What exists, or would succeed."""

    ids: Mapping[str, list[str]]
    """By the name of the path's parameter."""
    bodies: Mapping[str, list[Any]]
    """By operation."""
    queries: Mapping[str, dict[str, str]]
    """The same, for operations that need some parameter."""
    starting: Mapping[str, Callable[[], list[str]]]
    """Makes ids that the operation uses up, or needs as they were made."""
    restore: Callable[[], None]
    """Makes anew what other calls deleted or changed."""


def fetch(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)


def put(url: str, data: bytes) -> str:
    """Upload; the ETag."""
    request = urllib.request.Request(url, data, {"Content-Type": ""}, method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.headers["ETag"])


def delete_attributes(rest: Rest) -> None:
    for attribute in rest.attributes():
        rest.call("DELETE", f"/attributes/{quote(attribute['_id'], safe='')}")


def delete_profiles(rest: Rest) -> None:
    while profiles := rest.call("GET", "/import-profiles")["data"]:
        for profile in profiles:
            rest.call("DELETE", f"/import-profiles/{quote(profile['name'], safe='')}")


@pytest.fixture(scope="module")
def rest(stack: dict[str, Any]) -> Rest:
    return Rest(stack["apiUrl"])


@pytest.fixture(scope="module")
def known(rest: Rest) -> Iterator[Known]:
    products = [
        {"Open SKU": product_id, "Open Price": at, "Open Color": ["Red"], "Open Weight": "2.5 kg"}
        for at, product_id in enumerate(PRODUCT_IDS)
    ]

    def restore() -> None:
        delete_attributes(rest)
        for attribute in ATTRIBUTES:
            rest.create_attribute(attribute)
        rest.call("POST", "/products/approve", {"products": products})
        delete_profiles(rest)
        rest.call("POST", "/import-profiles", PROFILE)

    def ended(job_id: str) -> str:
        end = time.monotonic() + PATIENCE_SECONDS
        while rest.job(job_id)["status"] not in FINAL:
            assert time.monotonic() < end, "the job does not end"
            time.sleep(0.1)
        return job_id

    def imported() -> dict[str, Any]:
        ticket = rest.presigned_upload("open.csv", {})
        put(ticket["uploadUrl"], b"Open SKU,Open Price\nF1,1\nF2,x\n")
        ended(ticket["jobId"])
        return ticket

    def proposed() -> list[str]:
        order = {"s3Key": ticket["s3Key"]}
        return [ended(rest.call("POST", "/attributes/proposals", order)["jobId"])]

    restore()
    ticket = imported()
    file = {"fileName": "parts.csv", "fileSize": 9}
    begun, dropped = (rest.call("POST", "/uploads/multipart", file) for _ in range(2))
    upload, drop = ({k: each[k] for k in ("s3Key", "uploadId")} for each in (begun, dropped))
    parts = [{"partNumber": 1, "etag": put(begun["parts"][0]["url"], b"Open SKU\n")}]
    approvals = [
        {"products": products[:1], "s3Key": ticket["s3Key"]},
        {"jobId": ticket["jobId"], "dryRun": True},
    ]
    changes = [{"products": [{"_id": product_id, "Open Price": 7} for product_id in PRODUCT_IDS]}]
    enrichments: list[Any] = [
        {"productIds": [*PRODUCT_IDS, "nobody"]},  # whichever attributes other calls have deleted
        {"productIds": [*PRODUCT_IDS, "nobody"], "attributes": ["Open Color"]},
        {"productIds": [*PRODUCT_IDS], "replace": ["Open Weight"], "async": True},
        {"filter": {"Open Color": "Red"}, "dryRun": True},
    ]
    yield Known(
        ids={
            "attributeId": ["open_price", "open_color", "open_weight"],
            "jobId": [ticket["jobId"]],
            "name": [PROFILE["name"]],
            "productId": list(PRODUCT_IDS),
        },
        bodies={
            "updateAttribute": [{"description": "described"}],
            "deleteProducts": [{"productIds": [PRODUCT_IDS[0]], "dryRun": True}],
            "createProfile": [{"name": "other", "matchHeaders": ["A", "B"]}],
            "replaceProfile": [{"options": {"headers": "exact"}, "revision": 1}],
            "createUpload": [
                {"fileName": "a.csv", "contentType": "text/csv"},
                {"fileName": "a.csv", "profile": PROFILE["name"]},
            ],
            "createFormUpload": [{"fileName": "a.xlsx", "options": {"sheet": "One"}}],
            "beginMultipartUpload": [file],
            "signMoreParts": [{**upload, "partNumbers": [1]}],
            "completeMultipartUpload": [{**upload, "parts": parts}],
            "abortMultipartUpload": [drop],
            "processFile": [{"s3Key": ticket["s3Key"]}],
            "proposeMapping": [{}, {"by": "model"}],
            "reprocessJob": [{}],
            "reprocessJobs": [{"filter": {"type": "import"}, "dryRun": True}],
            "approveProducts": approvals,
            "approveProductsByShortPath": approvals,
            "enrichProducts": enrichments,
            "exportJob": [{"format": "csv"}],
            "exportProducts": [{"format": "ndjson"}],
            "bulkUpdateProducts": changes,
            "bulkUpdateProductsByPost": changes,
            "proposeAttributes": [{"jobId": ticket["jobId"]}, {"s3Key": ticket["s3Key"]}],
            "acceptProposals": [{}, {"reprocess": False}],
            "patchAttribute": [{"description": "Seen in the shop"}],
            "patchProduct": [{"Open Price": 7}],
        },
        queries={"countProductValues": {"attributes": "Open Color,Open Price"}},
        starting={
            **dict.fromkeys(("getProposals", "acceptProposals"), proposed),
            "cancelJob": lambda: [rest.presigned_upload("b.csv", {})["jobId"]],
            # other calls process the known one again, with any options
            "exportJob": lambda: [imported()["jobId"]],
        },
        restore=restore,
    )
    delete_attributes(rest)
    delete_profiles(rest)
    for product_id in PRODUCT_IDS:
        with contextlib.suppress(ApiError):  # one that a test deleted
            rest.call("DELETE", f"/products/{quote(product_id, safe='')}")


@pytest.fixture(scope="module")
def schema(stack: dict[str, Any], known: Known) -> Any:
    """The served description, which lets no answer say more than it describes."""
    served = fetch(f"{stack['apiUrl'].rstrip('/')}/openapi.json")
    return schemathesis.openapi.from_dict(strict_document(served))


def test_the_served_description_is_that_of_the_repository(stack: dict[str, Any]) -> None:
    assert fetch(f"{stack['apiUrl'].rstrip('/')}/openapi.json") == DESCRIPTION


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_answer_conforms(
    schema: Any, stack: dict[str, Any], known: Known, method: str, path: str, mode: Any
) -> None:
    operation = schema[path][method.upper()]
    product_id = operation.definition.raw["operationId"]
    described = next(each for each in OPERATIONS if each.id == product_id)
    base_url = stack["apiUrl"].rstrip("/")
    ids = {**known.ids}
    known.restore()
    if product_id in known.starting and mode is GenerationMode.POSITIVE:
        ids["jobId"] = known.starting[product_id]()
    statuses: set[int] = set()

    @settings(
        max_examples=EXAMPLES_EACH_WAY,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def every_answer_conforms(case: Any, data: Any) -> None:
        succeeds = mode is GenerationMode.POSITIVE and not statuses
        if succeeds and case.headers:
            case.headers.pop("If-Match", None)  # a revision that is made up never matches
        if succeeds and product_id in known.queries:
            case.query = known.queries[product_id]
        for name in case.path_parameters or {}:
            exists, known_id = data.draw(st.booleans()), data.draw(st.sampled_from(ids[name]))
            if exists or succeeds:
                case.path_parameters[name] = known_id
        bodies = known.bodies.get(product_id, []) if mode is GenerationMode.POSITIVE else []
        if bodies:
            is_known, body = data.draw(st.booleans()), data.draw(st.sampled_from(bodies))
            if is_known or succeeds:
                case.body = body
        answer = case.call(base_url=base_url, timeout=30)
        statuses.add(answer.status_code)
        case.validate_response(answer, checks=CHECKS)
        if answer.status_code in described.failures or answer.status_code == 413:
            assert answer.json()["code"] in described.codes(answer.status_code), answer.text

    try:
        every_answer_conforms()
    except Unsatisfiable:
        assert mode is GenerationMode.NEGATIVE, "nothing can be sent that the description allows"
    if mode is GenerationMode.POSITIVE:
        assert min(statuses) < 300, f"only refusals were met: {statuses}"
