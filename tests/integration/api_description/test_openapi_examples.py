"""The examples of `openapi.yaml` are what the handlers answer, recorded here.

One story is played on the real handlers and machines. What no two runs have in common (times,
random ids, signatures) is made the same; all else must equal `schemas/examples/`, byte for byte.
`make openapi` writes those files anew.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from core.api_description.document import EXAMPLES, component_name, describe
from core.api_description.downloads import DOWNLOADS, of_lines, with_schema
from core.api_description.operation import TOO_LARGE
from core.database import JOBS
from core.job_control.presentation import files_of
from core.jobs.records import JobType
from core.jobs.repository import JobRepository
from handlers import environment
from tests.integration.commit_machine import CommitMachine, commit_machine
from tests.integration.enrichment_machine import enrichment_machine
from tests.integration.export_machine import export_machine
from tests.integration.import_machine import RESULTS, UPLOADS, ImportMachine
from tests.integration.openapi_recorder import BY_ID, Recorder
from tests.integration.proposal_machine import proposal_machine
from tests.integration.reprocessing_machine import reprocessing_machine
from tests.openapi_checks import closed, faults, strict_document

FILE = b"ProductSKU,Name,Price,Colour\nA-1,Lamp,19.90,Red\nA-2,,cheap,Blue\n"
STEPS = [{"attribute": "ProductSKU", "step": "replace", "text": "-", "by": ""}]
ATTRIBUTES: tuple[dict[str, Any], ...] = (
    {"name": "ProductSKU", "type": "short_text", "isIdentifier": True},
    {"name": "Name", "type": "short_text", "isRequired": True},
    {"name": "Price", "type": "number", "min": 0, "decimals": 2},
    {"name": "Weight", "type": "measure", "unit": "kg"},
)
LAMPS: tuple[dict[str, Any], ...] = (
    {"ProductSKU": "L/7", "Name": "Floor lamp", "Price": 149.5, "Weight": "2.5 kg", "Shop": "B"},
    {"ProductSKU": "L/8", "Price": "much"},
)

SPARE_MAPPING = [{"headers": ["Extra"], "attribute": "Spare"}]


@pytest.fixture
def commits(machine: ImportMachine) -> Iterator[CommitMachine]:
    machine.define()
    url = boto3.client("sqs").create_queue(QueueName="imports")["QueueUrl"]
    machine.monkeypatch.setenv("IMPORT_QUEUE_URL", url)
    environment.queue.cache_clear()
    with (
        commit_machine(machine) as commits,
        enrichment_machine(machine),
        export_machine(machine),
    ):
        yield commits


def tell_attributes(call: Recorder) -> None:
    call("exportProducts", {"format": "csv"})
    for attribute in ({"name": "Material", "type": "number", "unit": "kg"}, *ATTRIBUTES):
        call("createAttribute", attribute)
    call("createAttribute", ATTRIBUTES[0])
    call("updateAttribute", {"description": "As in the shop, tax included."}, attributeId="price")
    call("updateAttribute", {}, attributeId="price")
    call("patchAttribute", {"description": "Tax included."}, attributeId="price")
    call("patchAttribute", {}, attributeId="price")
    call("patchAttribute", {"description": "None"}, attributeId="nothing")
    call("patchAttribute", {"isIdentifier": True}, attributeId="name")
    for change in ("updateAttribute", "patchAttribute"):
        call(change, {"description": "Late"}, headers={"If-Match": '"99"'}, attributeId="price")
    call("updateAttribute", {"description": "None"}, attributeId="nothing")
    call("updateAttribute", {"isIdentifier": True}, attributeId="name")
    call("listAttributes")
    call("getAttribute", attributeId="price")
    call("getAttribute", attributeId="nothing")


def tell_profiles(call: Recorder, machine: ImportMachine) -> None:
    """Leaves one that names an attribute which is gone."""
    profile = {
        "name": "nordic",
        "options": {
            "mapping": [{"headers": ["Art.Nr."], "attribute": "ProductSKU"}],
            "locale": {"decimalSign": ","},
        },
        "matchHeaders": ["Art.Nr.", "Name", "Price"],
    }
    call("createProfile", profile)
    call("createProfile", profile)
    call("createProfile", {**profile, "name": "Nordic lamps"})
    call("listProfiles")
    call("listProfiles", query={"page": "0"})
    for name in ("nordic", "nothing"):
        call("getProfile", name=name)
    call("replaceProfile", {**profile, "matchHeaders": [], "revision": 1}, name="nordic")
    call("replaceProfile", {**profile, "revision": 1}, name="nordic")
    call("replaceProfile", profile, name="nordic")
    call("replaceProfile", profile, headers={"If-Match": '"1"'}, name="nordic")
    call("replaceProfile", {**profile, "name": "nothing", "revision": 1}, name="nothing")
    call("deleteProfile", headers={"If-Match": '"1"'}, name="nordic")
    call("createProfile", {"name": "spare"})
    call("deleteProfile", name="spare")
    call("deleteProfile", name="spare")
    call("createAttribute", {"name": "Spare", "type": "short_text"})
    call("createProfile", {"name": "outdated", "options": {"mapping": SPARE_MAPPING}})
    machine.database["attributes"].delete_one({"name": "Spare"})


def tell_uploads(call: Recorder, machine: ImportMachine) -> str:
    """The id of a finished import."""
    call("createUpload", {"fileName": "photo.jpg"})
    ticket = call(
        "createUpload",
        {
            "fileName": "lamps 2026.csv",
            "contentType": "text/csv",
            "options": {"valueSteps": STEPS},
        },
    )
    machine.upload(FILE, ticket["s3Key"])
    call("processFile", {"s3Key": ticket["s3Key"]})
    call("processFile", {"s3Key": "user-uploads/nothing.csv"})
    call("processFile", {"s3Key": ticket["s3Key"], "profile": "outdated"})
    call("processFile", {})
    machine.deliver(ticket["s3Key"])
    machine.wait()

    call("createFormUpload", {"fileName": "lamps.xlsx", "options": {"sheet": "Lamps"}})
    for name in ("nothing", "outdated"):
        for upload_by in ("createUpload", "createFormUpload", "beginMultipartUpload"):
            call(upload_by, {"fileName": "lamps.csv", "fileSize": 9, "profile": name})
    call("createFormUpload", {"fileName": "lamps.xlsx", "options": {"sheeet": "Lamps"}})
    call("createFormUpload", {"fileName": "lamps.csv", "fileSize": 10**13})
    call("beginMultipartUpload", {"fileName": "lamps.csv"})
    call("beginMultipartUpload", {"fileName": "lamps.csv", "fileSize": 10**13})
    begun = call("beginMultipartUpload", {"fileName": "large.csv", "fileSize": 80_000_000})
    upload = {name: begun[name] for name in ("s3Key", "uploadId")}
    call("signMoreParts", {**upload, "partNumbers": [2]})
    call("signMoreParts", {**upload, "partNumbers": []})
    gone = {"s3Key": "x.csv", "uploadId": "gone"}
    call("signMoreParts", {**gone, "partNumbers": [1]})
    etag = boto3.client("s3").upload_part(
        Bucket=UPLOADS,
        Key=upload["s3Key"],
        UploadId=upload["uploadId"],
        PartNumber=1,
        Body=FILE,
    )["ETag"]
    call("completeMultipartUpload", {**upload, "parts": [{"partNumber": 2, "etag": etag}]})
    call("completeMultipartUpload", {**upload, "parts": [{"partNumber": 1, "etag": etag}]})
    call("completeMultipartUpload", {**gone, "parts": [{"partNumber": 1, "etag": etag}]})
    dropped = call("beginMultipartUpload", {"fileName": "large.csv", "fileSize": 80_000_000})
    upload = {name: dropped[name] for name in ("s3Key", "uploadId")}
    call("abortMultipartUpload", upload)
    call("abortMultipartUpload", gone)
    call("abortMultipartUpload", {})
    job_id: str = ticket["jobId"]
    return job_id


def tell_jobs(call: Recorder, machine: ImportMachine, job_id: str) -> None:
    call("exportJob", {"format": "xlsx"}, jobId=job_id)
    call("exportJob", {"format": "pdf"}, jobId=job_id)
    call("exportJob", {"format": "csv"}, jobId="nothing")
    call("getJob", jobId=job_id)
    call("getJob", jobId="nothing")
    call("listJobs", query={"status": "COMPLETED_WITH_ISSUES", "limit": "1"})
    call("listJobs", query={"status": "DONE"})
    waiting = call("createUpload", {"fileName": "later.csv"})["jobId"]
    call("exportJob", {"format": "csv"}, jobId=waiting)
    call("cancelJob", jobId=waiting)
    call("cancelJob", jobId=job_id)
    call("cancelJob", jobId="nothing")
    call("reprocessJob", {"options": {"delimiter": "comma", "valueSteps": STEPS}}, jobId=job_id)
    call("reprocessJob", {"options": {"delimiter": "both"}}, jobId=job_id)
    call("reprocessJob", jobId="nothing")
    machine.wait()
    call("reprocessJob", jobId=waiting)
    with reprocessing_machine(machine) as batches:
        batch = call("reprocessJobs", {"filter": {"status": "COMPLETED_WITH_ISSUES"}})
        batches.wait()
        call("reprocessJobs", {"jobIds": [job_id, batch["jobId"]], "dryRun": True})
        call("reprocessJobs", {"jobIds": []})
        for name in ("nothing", "outdated"):
            call("reprocessJobs", {"jobIds": [job_id], "profile": name})


def tell_proposals(call: Recorder, machine: ImportMachine, job_id: str) -> None:
    with proposal_machine(machine) as proposals:
        proposal = call("proposeAttributes", {"jobId": job_id})["jobId"]
        proposals.wait()
        call("proposeAttributes", {})
        call("proposeAttributes", {"jobId": "nothing"})
        call("proposeAttributes", {"jobId": proposal})
        call("getProposals", jobId=proposal)
        call("getProposals", jobId="nothing")
        call("getProposals", jobId=job_id)
        colour = {"name": "Colour", "description": "As in the catalogue."}
        call("acceptProposals", {"attributes": [colour], "reprocess": False}, jobId=proposal)
        call("acceptProposals", {"attributes": ["Color"]}, jobId=proposal)
        call("acceptProposals", jobId="nothing")
        call("acceptProposals", jobId=job_id)
        call("deleteAttribute", attributeId="colour")
    call("createAttribute", {"name": "Color", "type": "single_select", "options": ["Red", "Blue"]})
    call("proposeMapping", jobId=job_id)
    call("proposeMapping", {"by": "model"}, jobId=job_id)
    call("proposeMapping", {"by": "magic"}, jobId=job_id)
    call("proposeMapping", jobId="nothing")
    call("proposeMapping", jobId=proposal)
    call("deleteAttribute", attributeId="color")


def tell_products(call: Recorder, commits: CommitMachine, job_id: str) -> None:
    for approve in ("approveProducts", "approveProductsByShortPath"):
        call(approve, {"products": [*LAMPS], "s3Key": "user-uploads/lamps.csv"})
        call(approve, {"products": [LAMPS[1]]})
        call(approve, {"jobId": job_id})
        commits.wait()
        call(approve, {"jobId": "nothing"})
        call(approve, {"jobId": call("createUpload", {"fileName": "later.csv"})["jobId"]})
    call("listProducts", query={"Price[gte]": "10", "sortBy": "Price", "limit": "1"})
    call("listProducts", query={"Prise": "10"})
    call("countProductValues", query={"attributes": "ProductSKU", "limit": "1"})
    call("countProductValues", query={"attributes": "Weight"})
    call("exportProducts", {"format": "csv", "filter": "Price[gte]=10", "guarded": True})
    call("exportProducts", {"format": "csv", "columns": ["Prise"]})
    call("getProduct", productId="L%2F7")
    call("getProduct", productId="nothing")
    changes = [{"_id": "L/7", "Price": 139}, {"_id": "L/9", "Price": 1}, {"_id": "A-1", "Name": ""}]
    for update in ("bulkUpdateProducts", "bulkUpdateProductsByPost"):
        call(update, {"products": changes})
        call(update, {"products": []})
    tell_enrichment(call, commits, job_id)
    call("patchProduct", {"Price": 129}, productId="L%2F7")
    call("patchProduct", {"Price": "cheap"}, productId="L%2F7")
    call("patchProduct", {"Price": 1}, productId="nothing")
    call("patchProduct", {"Price": 1, "revision": 99}, productId="L%2F7")
    call("patchProduct", {"Price": 1}, headers={"If-Match": '"99"'}, productId="L%2F7")
    call("getProductHistory", productId="L%2F7")
    call("getProductHistory", productId="nothing")
    call("getProductHistory", query={"page": "0"}, productId="L%2F7")
    call("deleteProducts", {"productIds": ["A1", "nothing"], "dryRun": True})
    call("deleteProducts", {"filter": "ProductSKU=A1"})
    commits.wait()
    call("deleteProducts", {"filter": {}})
    call("deleteProducts", {"productIds": ["nothing"]})
    call("deleteProduct", productId="L%2F7")
    call("deleteProduct", productId="L%2F7")
    call("deleteAttribute", query={"dryRun": "yes please"}, attributeId="weight")
    call("deleteAttribute", attributeId="weight")
    call("deleteAttribute", attributeId="weight")
    call("listAudit", query={"subject": "price"})
    call("listAudit", query={"action": "nothing"})


def tell_enrichment(call: Recorder, commits: CommitMachine, job_id: str) -> None:
    call("createAttribute", {"name": "Teaser description", "type": "long_text"})
    wanted = {"attributes": ["Teaser description", "Weight"]}
    call("enrichProducts", {"productIds": ["L/7", "L/9"], **wanted})
    enrichment_id = call("enrichProducts", {"filter": "Price[gte]=10", **wanted})["jobId"]
    _wait_for(commits, enrichment_id)
    commits.imports.configure(accepted_products_per_call=1)
    for update in ("bulkUpdateProducts", "bulkUpdateProductsByPost"):
        call(update, {"jobId": enrichment_id, "accept": {"attributes": ["Teaser description"]}})
        commits.wait()
    commits.imports.configure(accepted_products_per_call=1000)
    call("enrichProducts", {"productIds": ["L/9"]})
    for update in ("bulkUpdateProducts", "bulkUpdateProductsByPost"):
        call(update, {"jobId": "nothing", "accept": "all"})
        call(update, {"jobId": job_id, "accept": "all"})
    call("enrichProducts", {"productIds": ["L/7"], "attributes": ["Teaser"]})
    call("deleteAttribute", attributeId="teaser_description")


def _wait_for(commits: CommitMachine, job_id: str) -> None:
    deadline = time.monotonic() + 60
    while not commits.job(job_id).is_final:
        assert time.monotonic() < deadline, "the job does not end"
        time.sleep(0.02)


def check_downloads(commits: CommitMachine) -> None:
    """Every JSON file that a job of the story offers is as its schema says."""
    database = commits.imports.database
    strict = strict_document(describe())
    seen: set[tuple[JobType, str]] = set()
    schemas = {(each.job_type, each.kind): (each, name) for each, name in with_schema()}
    for document in database[JOBS].find({"resultS3Key": {"$exists": True}}):
        job = JobRepository(database).get(document["_id"])
        assert job is not None
        files = files_of(job, "file")
        offered = {each.kind for each in DOWNLOADS if each.job_type is job.type}
        assert files.keys() == offered - {"productsXlsx"}  # of an import, only once exported
        for kind, (key, _) in files.items():
            if (job.type, kind) in schemas:
                download, name = schemas[job.type, kind]
                body = commits.imports.s3.get_object(Bucket=RESULTS, Key=key)["Body"].read()
                texts = body.splitlines() if of_lines(download) else [body]
                items = [json.loads(text) for text in texts]
                reference = closed({"$ref": f"#/components/schemas/{component_name(name)}"})
                for item in items:
                    assert faults(strict, reference, item) == [], (job.type, kind)
                seen.add((job.type, kind))
    assert seen == schemas.keys()


def test_the_examples_are_what_the_handlers_answer(commits: CommitMachine) -> None:
    call = Recorder()
    tell_attributes(call)
    tell_profiles(call, commits.imports)
    job_id = tell_uploads(call, commits.imports)
    tell_jobs(call, commits.imports, job_id)
    tell_proposals(call, commits.imports, job_id)
    tell_products(call, commits, job_id)
    check_downloads(commits)
    call("getHealth")
    commits.imports.configure(results_bucket="gone")
    call("getHealth")

    recorded = call.stable()

    if os.environ.get("RECORD_EXAMPLES"):
        EXAMPLES.mkdir(exist_ok=True)
        for path in EXAMPLES.glob("*.json"):
            path.unlink()
        for name, text in recorded.items():
            (EXAMPLES / f"{name}.json").write_text(text, encoding="utf-8")
    there = {path.stem: path.read_text(encoding="utf-8") for path in EXAMPLES.glob("*.json")}
    assert recorded == there, "run `make openapi`, and look at what it changes"
    assert recorded.keys() == BY_ID.keys()
    for name, operation in BY_ID.items():
        answered = call.kept[name]["answers"].keys()
        expected = {*(answer.status for answer in operation.answers), *operation.failures}
        expected.discard(TOO_LARGE)  # some need gigabytes
        assert {str(status) for status in expected} <= answered, name
