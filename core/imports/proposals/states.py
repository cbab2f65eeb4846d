"""The steps of a proposal as states of a machine: each reads its input from S3 by job and
attempt."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from core.fan_out import FanOut, ManifestLocation, choose_map
from core.imports.model import Chunk, Plan
from core.imports.proposals.planning import plan_proposals
from core.imports.proposals.tasks import decide_proposals, gather_chunk
from core.imports.task_model import AttemptTask, PlannedImport, PlanOutcome
from core.imports.tasks import PlanTask, frozen_definitions, vanished
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import ObjectMissing, ObjectStore, ProposalKeys
from core.storage.content_types import JSON


class GatherTask(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    job_id: str
    attempt: int
    chunk: Chunk


class DecisionOutcome(StrEnum):
    DECIDED = "DECIDED"
    REFUSED = "REFUSED"


class Decided(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the state machine branches on."""

    outcome: DecisionOutcome
    proposed: int = 0
    """Attributes."""
    refusal: Refusal | None = None


def run_plan_task(store: ObjectStore, settings: Settings, task: PlanTask) -> PlannedImport:
    """Plan the file by the frozen definitions and choose how to fan out."""
    keys = ProposalKeys(task.job_id, task.attempt)
    bucket = settings.results_bucket
    manifest = ManifestLocation(bucket=bucket, key=keys.chunks)
    existing = frozen_definitions(store, bucket, keys)
    plan = plan_proposals(store, settings, keys, task.source, task.options, existing)
    if isinstance(plan, Refusal):
        return PlannedImport(outcome=PlanOutcome.REFUSED, manifest=manifest, refusal=plan)
    mode = choose_map(plan.chunk_count, settings.inline_map_max_chunks, turns=1)
    chunks: tuple[Chunk, ...] = ()
    if mode is FanOut.INLINE:
        chunks = msgspec.json.decode(store.get(bucket, keys.chunks), type=tuple[Chunk, ...])
    return PlannedImport(
        outcome=PlanOutcome.PLANNED,
        mode=mode,
        chunks=chunks,
        chunk_count=plan.chunk_count,
        row_count=plan.row_count,
        manifest=manifest,
    )


def run_gather_task(store: ObjectStore, settings: Settings, task: GatherTask) -> int | None:
    """Gather the evidence of one chunk; its rows. None if the file was deleted: then a refusal is
    left for the decision, since a retry cannot help."""
    keys = ProposalKeys(task.job_id, task.attempt)
    bucket = settings.results_bucket
    try:
        return gather_chunk(store, settings, keys, task.chunk).rows
    except ObjectMissing as missing:
        plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
        refusal = vanished(missing, plan.source)
        store.put(bucket, keys.refusal, msgspec.json.encode(refusal), JSON)
        return None


def run_decide_task(store: ObjectStore, settings: Settings, task: AttemptTask) -> Decided:
    """Write the proposals, unless a chunk left a refusal. Raises ObjectMissing for a chunk without
    a summary."""
    keys = ProposalKeys(task.job_id, task.attempt)
    try:
        data = store.get(settings.results_bucket, keys.refusal)
    except ObjectMissing:
        found = decide_proposals(store, settings, keys)
        return Decided(outcome=DecisionOutcome.DECIDED, proposed=len(found.proposals))
    refusal = msgspec.json.decode(data, type=Refusal)
    return Decided(outcome=DecisionOutcome.REFUSED, refusal=refusal)
