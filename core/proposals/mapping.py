"""`POST /uploads/{jobId}/mapping-proposal`: attributes that the unmatched columns of an import may
feed, by rules or by the configured model, as a mapping to reprocess it with. Nothing is applied
here.

Only the beginning of the file is read, so that the answer comes at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from core.attributes.definitions import AttributeDefinition
from core.errors import Conflict
from core.file_format import MappingRule, SourceFile
from core.imports.mapping_rules import mapping_faults
from core.imports.proposals.by_model import Column, mapping_question, pairs_of_model
from core.imports.proposals.evidence import ColumnEvidence, TableEvidence
from core.imports.proposals.model import Proposals, proposals_to_json
from core.imports.proposals.question import MappingQuestion, ModelAnswer
from core.imports.proposals.resemblance import Resemblance, Target, resemblances
from core.imports.proposals.tasks import gathered_evidence, propose_locally
from core.jobs.repository import JobRepository, job_not_found
from core.outcomes import Refusal
from core.products.sampling import sampled_values
from core.proposals.requesting import file_of_import, source_of
from core.schemas import field_faults, refuse, without_nulls
from core.settings import Settings
from core.storage import FolderStore, ObjectStore, ProposalKeys
from core.wording import counted

SAMPLE_BYTES = 256 * 1024
"""Of a text file."""
WORKBOOK_BYTES = 8 * 1024 * 1024
"""A workbook is read whole, or not at all."""
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

AskModel = Callable[[MappingQuestion], ModelAnswer]
"""Raises TooManyRequests `DAILY_BUDGET_SPENT`."""


class ProposedBy(StrEnum):
    RULES = "rules"
    MODEL = "model"


def read_mapping_request(body: Mapping[str, Any]) -> ProposedBy:
    """Raises InvalidRequest `INVALID_FIELDS`."""
    given = without_nulls(body)
    refuse(field_faults("requests/propose-mapping", given))
    return ProposedBy(given.get("by", ProposedBy.RULES))


def propose_mapping(
    job_id: str,
    store: ObjectStore,
    jobs: JobRepository,
    definitions: Sequence[AttributeDefinition],
    settings: Settings,
    *,
    ask_model: AskModel | None = None,
    descriptions: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The answer of the call: by rules, or by the model if there is one to ask; by rules as well if
    that gives no answer. `descriptions` of attributes are for the model. Raises NotFound
    `JOB_NOT_FOUND`, Conflict (`NOT_AN_IMPORT`, `JOB_NOT_FINISHED`, `UPLOAD_GONE`, `NEWER_UPLOAD`,
    `NO_ATTRIBUTES`, `FILE_NOT_SAMPLED`), and what `ask_model` raises."""
    job = jobs.get(job_id)
    if job is None:
        raise job_not_found(job_id)
    info = file_of_import(store, job)
    if not job.is_final:
        raise Conflict(
            "JOB_NOT_FINISHED",
            f"The import is not finished yet ({job.status}); ask for a mapping when it is.",
        )
    if not definitions:
        raise Conflict("NO_ATTRIBUTES", "No attributes are defined, so no column can feed one.")
    source = source_of(info, job)
    with TemporaryDirectory() as folder:
        local = FolderStore(Path(folder))
        sample = _sample(store, source)
        local.put(source.bucket, source.key, sample, "application/octet-stream")
        found = propose_locally(
            local,
            dataclasses.replace(settings, results_bucket="work"),
            job_id=job.id,
            source=msgspec.structs.replace(source, size=len(sample), version_id=None),
            options=job.options,
            existing=definitions,
        )
        if isinstance(found, Refusal):
            raise Conflict("FILE_NOT_SAMPLED", found.message)
        evidence = gathered_evidence(local, "work", ProposalKeys(job.id, 1))
    fed = {column.attribute for column in found.left_out if column.attribute}
    fed |= {rule.attribute for rule in job.options.mapping or () if rule.attribute}
    free = [each for each in definitions if each.name not in fed]
    values = sampled_values(jobs.database, [each.name for each in free])
    targets = [Target(each, values[each.name] | frozenset(each.options)) for each in free]
    columns = _columns(found, evidence)
    if ask_model is None or not columns or not targets:
        return _answer(job.id, found, resemblances(columns, targets), ProposedBy.RULES)
    question = mapping_question(
        columns, targets, descriptions or {}, settings.enrichment_max_context_characters
    )
    answered = ask_model(question)
    used = {} if answered.usage is None else {"usage": answered.usage}
    if answered.failure is not None:
        by_rules = _answer(job.id, found, resemblances(columns, targets), ProposedBy.RULES)
        message = (
            f"{by_rules['message']} By rules, as no model answered. {answered.failure.message}"
        )
        failure = msgspec.to_builtins(answered.failure)
        return {**by_rules, "message": message, "failure": failure, **used}
    pairs, reasons = pairs_of_model(answered.pairs, answered.model, columns, targets)
    by_model = _answer(job.id, found, pairs, ProposedBy.MODEL, reasons)
    message = f"{by_model['message']}{_not_shown(question, columns, targets)}"
    return {**by_model, "message": message, **used}


def _sample(store: ObjectStore, source: SourceFile) -> bytes:
    beginning = store.get_range(
        source.bucket, source.key, 0, min(source.size, SAMPLE_BYTES), source.version_id
    )
    if source.size <= SAMPLE_BYTES:
        return beginning
    if not beginning.startswith((_ZIP, _OLE)):
        return _whole_records(beginning)
    if source.size > WORKBOOK_BYTES:
        raise Conflict(
            "FILE_NOT_SAMPLED",
            f"The workbook has {source.size:,} bytes, and up to {WORKBOOK_BYTES:,} are read in a "
            "call. Map its columns by hand, or save the sheet as CSV.",
        )
    return store.get(source.bucket, source.key, source.version_id)


def _whole_records(data: bytes) -> bytes:
    """Cut behind the last record, as far as quotes tell; texts of two bytes per character stay."""
    if b"\0" in data:
        return data[: len(data) // 4 * 4]
    end = data.rfind(b"\n") + 1
    while end and data.count(b'"', 0, end) % 2:
        end = data.rfind(b"\n", 0, end - 1) + 1
    return data[: end or len(data)]


def _columns(found: Proposals, evidence: TableEvidence) -> list[Column]:
    return [
        (proposal, evidence.columns.get(proposal.column - 1, ColumnEvidence()))
        for proposal in found.proposals
    ]


def _not_shown(
    question: MappingQuestion, columns: Sequence[Column], targets: Sequence[Target]
) -> str:
    left = [
        f"{len(shown):,} of {counted(len(every), noun)}"
        for shown, every, noun in (
            (question.columns, columns, "column"),
            (question.attributes, targets, "attribute"),
        )
        if len(shown) < len(every)
    ]
    return f" The model was asked about {' and '.join(left)}; the rest is too much." if left else ""


def _answer(
    job_id: str,
    found: Proposals,
    pairs: Sequence[Resemblance],
    by: ProposedBy,
    reasons: Mapping[int, str] | None = None,
) -> dict[str, Any]:
    """`reasons` why columns have no pair, by column."""
    reasons = reasons or {}
    rules = [rule for pair in pairs for rule in pair.rules]
    given = found.options.mapping or ()
    mapping = (*given, *(msgspec.convert(rule, MappingRule) for rule in rules))
    options = proposals_to_json(
        msgspec.structs.replace(
            found, options=msgspec.structs.replace(found.options, mapping=mapping or None)
        )
    )["options"]
    paired = {pair.column for pair in pairs}
    columns = len(found.proposals)
    message = "Every column with a value feeds an attribute."
    if columns:
        verb = "resembles" if len(pairs) == 1 else "resemble"
        found_ones = counted(len(pairs), "column")
        message = f"{found_ones} of {columns:,} without an attribute {verb} one."
    answer: dict[str, Any] = {
        "message": message,
        "jobId": job_id,
        "by": by,
        "proposals": msgspec.to_builtins(pairs),
        "unmatched": [
            {"header": each.header, "column": each.column}
            | ({"reason": reasons[each.column]} if each.column in reasons else {})
            for each in found.proposals
            if each.column not in paired
        ],
    }
    if rules and not any(mapping_faults(options.get("mapping"))):
        answer["options"] = options
    return answer
