"""Compares what came out with what went in, row by row. What does not agree is a sentence in the
list that comes back, so that one run shows all of it."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.database import JOBS, PRODUCTS
from core.imports.output.valid_rows import ValidRowsReader, read_valid_rows
from core.jobs.orders import ExportFormat
from core.settings import Settings
from core.storage import CommitKeys, ExportKeys, ImportKeys, S3Store
from tests.chaos.carrying import FINAL, Carried
from tests.chaos.portal import Portal

OUTCOMES = ("created", "updated", "unchanged", "repeated", "rejected")


@dataclass(slots=True)
class Reconciled:
    rows: int = 0
    """Of all files; each was found in exactly one place, if there is no complaint."""
    failed_jobs: int = 0
    products: int = 0
    complaints: list[str] = field(default_factory=list)


def reconcile(portal: Portal, carried: Sequence[Carried], *, others: int = 0) -> Reconciled:
    """`others` are the products that were there before."""
    found = Reconciled()
    known = {job["_id"]: job for job in portal.database[JOBS].find()}
    for job in known.values():
        if job["status"] not in FINAL:
            found.complaints.append(f"the job {job['_id']} is stuck: {job['status']}")
        elif job["status"] == "FAILED":
            found.failed_jobs += 1
            if not (job.get("errorCode") and job.get("errorDetails")):
                found.complaints.append(f"the job {job['_id']} failed without a reason")
    for each in carried:
        found.complaints += _complaints(portal, each, known)
        found.rows += each.file.rows
        found.products += portal.database[PRODUCTS].count_documents({"File": each.file.name})
    expected = sum(len(each.file.ids) for each in carried if _approved(each, known))
    total = portal.database[PRODUCTS].estimated_document_count()
    strangers = total - found.products - others
    if strangers or (not found.complaints and found.products != expected):
        found.complaints.append(f"{found.products} products of {expected}, {strangers} of no file")
    return found


def _approved(each: Carried, known: dict[str, Any]) -> bool:
    return any(known[job]["status"] != "FAILED" for job in each.approvals if job in known)


def _complaints(portal: Portal, each: Carried, known: dict[str, Any]) -> Iterable[str]:
    name, job = each.file.name, known.get(each.job_id)
    if job is None:
        yield f"{name}: its job is not known"
        return
    if job["status"] == "FAILED":
        return  # with a reason, see above: all of its rows are in a failed job
    yield from _of_import(portal, each, job)
    for approval in each.approvals:
        yield from _of_approval(portal, each, known.get(approval))
    for export in each.exports:
        yield from _of_export(portal, each, known.get(export))
    if each.enrichments:
        yield from _of_enrichments(each, known)
    if _approved(each, known):
        yield from _of_products(portal, each)


def _of_import(portal: Portal, each: Carried, job: dict[str, Any]) -> Iterable[str]:
    name, keys = each.file.name, ImportKeys(each.job_id, job["attempt"])
    valid = _valid_rows(portal, keys)
    text = _text(portal, keys.all_rejected)
    faulty = Counter(int(row["Row"]) for row in csv.DictReader(io.StringIO(text)))
    for what, rows, wanted in (
        ("valid", valid, each.file.valid),
        ("faulty", faulty, each.file.faulty),
    ):
        if rows != Counter(wanted):
            lost, more = wanted - rows.keys(), rows - Counter(wanted)
            yield f"{name}: {len(lost)} {what} rows are missing, {more.total()} are too many"
    counts = job["counts"]
    reported = (counts["rows"], counts["validRows"], counts["invalidRows"])
    if reported != (each.file.rows, len(each.file.valid), len(each.file.faulty)):
        yield f"{name}: the import counts {counts}"


def _of_approval(portal: Portal, each: Carried, job: dict[str, Any] | None) -> Iterable[str]:
    name = each.file.name
    if job is None:
        yield f"{name}: its approval is not known"
        return
    if job["status"] == "FAILED":
        return
    counts = job["commitCounts"]
    if sum(counts[outcome] for outcome in OUTCOMES) != len(each.file.valid):
        yield f"{name}: the approval counts {counts} for {len(each.file.valid)} rows"
    if counts["repeated"] != len(each.file.valid) - len(each.file.ids):
        yield f"{name}: {counts['repeated']} repeated ids"
    rejected = _ndjson(portal, CommitKeys(job["_id"], job["attempt"]).all_rejected)
    if len(rejected) != counts["rejected"]:
        yield f"{name}: {len(rejected)} rejections are listed, {counts['rejected']} counted"


def _of_export(portal: Portal, each: Carried, job: dict[str, Any] | None) -> Iterable[str]:
    if job is None or job["status"] == "FAILED":
        return  # nothing was delivered, with a reason
    key = ExportKeys(job["_id"], job["attempt"]).file(ExportFormat.NDJSON)
    rows = Counter(row["Row"] for row in _ndjson(portal, key))
    if rows != Counter(each.file.valid):
        yield f"{each.file.name}: the export has {rows.total()} rows of {len(each.file.valid)}"


def _of_enrichments(each: Carried, known: dict[str, Any]) -> Iterable[str]:
    ended = [known[job] for job in each.enrichments if job in known]
    asked = {job["enrichmentCounts"]["products"] for job in ended if job["status"] != "FAILED"}
    if asked - {len(each.file.ids)}:
        yield f"{each.file.name}: {asked} products were enriched, not {len(each.file.ids)}"


def _of_products(portal: Portal, each: Carried) -> Iterable[str]:
    """Every id once, written once: nobody else writes to these products."""
    products = list(portal.database[PRODUCTS].find({"File": each.file.name}))
    ids = {product["_id"] for product in products}
    if ids != each.file.ids:
        missing, more = len(each.file.ids - ids), len(ids - each.file.ids)
        yield f"{each.file.name}: {missing} products are missing, {more} are too many"
    twice = [product["_id"] for product in products if product["revision"] != 1]
    if twice:
        yield f"{each.file.name}: {len(twice)} products were written more than once: {twice[:3]}"


def _valid_rows(portal: Portal, keys: ImportKeys) -> Counter[int]:
    """From the parts that approvals and exports read: a large result has no other form."""
    store = S3Store(portal.client("s3"))
    settings = Settings(uploads_bucket="", results_bucket=portal.stack.results_bucket)
    rows = read_valid_rows(store, settings.results_bucket, keys)
    valid: Counter[int] = Counter()
    for table in ValidRowsReader(store, settings, keys, rows).tables():
        valid.update(table.values()["Row"].to_list())
    return valid


def _ndjson(portal: Portal, key: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in _text(portal, key).splitlines()]


def _text(portal: Portal, key: str) -> str:
    found = portal.client("s3").get_object(Bucket=portal.stack.results_bucket, Key=key)
    text: str = found["Body"].read().decode("utf-8-sig")
    return text
