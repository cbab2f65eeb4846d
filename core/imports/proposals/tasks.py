"""The steps of a proposal, each over what the one before left in S3; and all of them in one
process."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from core.attributes.definitions import AttributeDefinition
from core.file_format import ReadingOptions, SourceFile
from core.imports.local_run import side_by_side
from core.imports.model import Chunk, Plan
from core.imports.output.formula_guard import is_our_own, unguarded
from core.imports.proposals.deciding import propose
from core.imports.proposals.evidence import TableEvidence, encoded
from core.imports.proposals.gathering import gather
from core.imports.proposals.model import ProposalPlan, Proposals, proposals_to_json
from core.imports.proposals.planning import plan_proposals
from core.imports.reading import read_chunk
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import ObjectStore, ProposalKeys
from core.storage.content_types import JSON, PARQUET

ROWS_OF_UNIQUE = 5_000_000
"""In a file with more rows no attribute is proposed as unique: the hashes of a column are held in
memory at once, 8 bytes each."""
CELLS_AT_ONCE = 1_000_000


def gather_chunk(
    store: ObjectStore, settings: Settings, keys: ProposalKeys, chunk: Chunk
) -> TableEvidence:
    """The evidence of one chunk. Writes hashes of its texts, and then its summary. Raises
    ObjectMissing and ChunkDiffers."""
    bucket = settings.results_bucket
    plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
    asked = _asked(store, bucket, keys)
    # the plan left rows out before the types were known
    every_row = msgspec.structs.replace(plan, left_out_rows=())
    batch = read_chunk(store, bucket, keys, every_row, chunk)
    frame = batch.frame
    if is_our_own(plan.columns):
        frame = frame.select(unguarded(pl.all()))
    found = gather(frame, batch.first_row, asked.asked, asked.pairs, asked.locale, settings)
    if plan.row_count <= ROWS_OF_UNIQUE:
        data = io.BytesIO()
        lists = {str(column): [hashes] for column, hashes in found.hashes.items()}
        pl.DataFrame(lists).write_parquet(data)
        store.put(bucket, keys.hashes(chunk.index), data.getvalue(), PARQUET)
    store.put(bucket, keys.summary(chunk.index), encoded(found.evidence), JSON)
    return found.evidence


def decide_proposals(store: ObjectStore, settings: Settings, keys: ProposalKeys) -> Proposals:
    """Adds up the evidence of all chunks, and writes what follows from it to `keys.proposals`."""
    bucket = settings.results_bucket
    plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
    evidence = gathered_evidence(store, bucket, keys)
    asked = _asked(store, bucket, keys)
    unique = _unique(store, bucket, keys, plan, evidence)
    proposals = propose(plan, asked, evidence, unique, settings)
    data = msgspec.json.encode(proposals_to_json(proposals))
    store.put(bucket, keys.proposals, data, JSON)
    return proposals


def gathered_evidence(store: ObjectStore, bucket: str, keys: ProposalKeys) -> TableEvidence:
    """Of all chunks."""
    plan = msgspec.json.decode(store.get(bucket, keys.plan), type=Plan)
    evidence = TableEvidence()
    for index in range(plan.chunk_count):
        data = store.get(bucket, keys.summary(index))
        evidence += msgspec.json.decode(data, type=TableEvidence)
    return evidence


def propose_locally(
    store: ObjectStore,
    settings: Settings,
    *,
    job_id: str,
    source: SourceFile,
    options: ReadingOptions,
    existing: Sequence[AttributeDefinition] = (),
) -> Proposals | Refusal:
    """All steps in this process."""
    keys = ProposalKeys(job_id, 1)
    plan = plan_proposals(store, settings, keys, source, options, existing)
    if isinstance(plan, Refusal):
        return plan
    chunks = msgspec.json.decode(store.get(settings.results_bucket, keys.chunks), type=list[Chunk])
    for _ in side_by_side(lambda chunk: gather_chunk(store, settings, keys, chunk), chunks):
        pass
    return decide_proposals(store, settings, keys)


def _asked(store: ObjectStore, bucket: str, keys: ProposalKeys) -> ProposalPlan:
    return msgspec.json.decode(store.get(bucket, keys.asked), type=ProposalPlan)


def _unique(
    store: ObjectStore, bucket: str, keys: ProposalKeys, plan: Plan, evidence: TableEvidence
) -> set[int]:
    """The columns in which no text comes again."""
    if plan.row_count > ROWS_OF_UNIQUE:
        return set()
    candidates = [
        index
        for index, found in evidence.columns.items()
        if found.cells and index not in evidence.repeating
    ]
    return {
        index
        for index in candidates
        if plan.chunk_count == 1 or _is_unique(_hashes(store, bucket, keys, plan, index))
    }


def _hashes(
    store: ObjectStore, bucket: str, keys: ProposalKeys, plan: Plan, column: int
) -> Iterator[NDArray[np.uint64]]:
    for chunk in range(plan.chunk_count):
        data = io.BytesIO(store.get(bucket, keys.hashes(chunk)))
        yield pl.read_parquet(data, columns=[str(column)])[str(column)].explode().to_numpy()


def _is_unique(hashes: Iterator[NDArray[np.uint64]]) -> bool:
    together = np.concatenate(list(hashes))
    return len(np.unique(together)) == len(together)
