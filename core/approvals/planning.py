"""Planning an approval: one pass over the products finds chunks, ids that repeat, dead fields.

The pass decodes every line once. It is what makes the outcome of parallel chunks the same in every
run: no two of them write one product. What it depends on is frozen first, so that a second opening
of the attempt, which may run concurrently, writes the same bytes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from core.approvals.lines import Line, Lines, StoredLines, fields_of, lines_of
from core.approvals.model import CommitChunk, CommitPlan, Frozen, read_frozen, read_plan
from core.approvals.repeats import RepeatFinder
from core.approvals.suggestions.acceptance import Acceptance, stored_acceptance
from core.attributes.identity import product_id_of
from core.enrichment.model import EnrichedProduct
from core.jobs.records import JobRecord
from core.products.fields import Catalogue
from core.settings import Settings
from core.storage import CommitKeys, ObjectMissing, ObjectStore
from core.storage.content_types import JSON
from core.storage.keys import product_ids_key

DELETED_PRODUCT_BYTES = 2 * 1024
"""For which a product that is deleted counts in a chunk; a chunk of 4 MiB takes a minute or two."""

_SUGGESTIONS = msgspec.json.Decoder(EnrichedProduct)


def plan_commit(
    store: ObjectStore,
    settings: Settings,
    keys: CommitKeys,
    job: JobRecord,
    catalogue: Catalogue,
) -> tuple[CommitPlan, tuple[CommitChunk, ...]]:
    """Cut the products into chunks and freeze what the chunk tasks must know; or, when an earlier
    try did so, return what it froze. Raises ObjectMissing when the products, or what is accepted
    of suggestions, are not there, and ValueError for a job that is not an approval."""
    bucket = settings.results_bucket
    known = _planned(store, bucket, keys)
    if known is not None:
        return known
    frozen = _freeze(store, settings, keys, catalogue)
    attributes = {definition.name: definition.type for definition in frozen.definitions}
    identifier = next((d.name for d in frozen.definitions if d.is_identifier), None)
    survey: _Plan
    if job.deletion is not None:
        survey = _DeletionPlan(attributes)
    elif job.acceptance is None:
        survey = _ImportPlan(attributes, identifier)
    else:
        survey = _AcceptancePlan(attributes, stored_acceptance(store, settings, job.id))
    lines = (
        StoredLines(store, settings, product_ids_key(job.id))
        if job.deletion
        else lines_of(store, settings, job.commit or job.acceptance)
    )
    _scan(lines, frozen.chunk_bytes, survey)
    chunks = survey.write_repeats(store, bucket, keys)
    plan = CommitPlan(
        job_id=keys.job_id,
        attempt=keys.attempt,
        order=job.commit,
        acceptance=job.acceptance,
        deletion=job.deletion,
        import_source=job.s3_key,
        file_name=job.original_file_name,
        actor=job.created_by,
        at=job.submitted_at,
        attributes=attributes,
        identifier=identifier,
        chunk_count=len(chunks),
        row_count=sum(chunk.rows for chunk in chunks),
        ignored_fields=tuple(survey.ignored),
    )
    store.put(bucket, keys.chunks, msgspec.json.encode(chunks), JSON)
    if store.put_if_absent(bucket, keys.plan, msgspec.json.encode(plan), JSON):
        return plan, chunks
    return _planned(store, bucket, keys) or (plan, chunks)


def _freeze(
    store: ObjectStore, settings: Settings, keys: CommitKeys, catalogue: Catalogue
) -> Frozen:
    frozen = Frozen(definitions=catalogue.definitions, chunk_bytes=settings.commit_chunk_bytes)
    bucket, data = settings.results_bucket, msgspec.json.encode(frozen)
    if store.put_if_absent(bucket, keys.definitions, data, JSON):
        return frozen
    return read_frozen(store, bucket, keys)


def _planned(
    store: ObjectStore, bucket: str, keys: CommitKeys
) -> tuple[CommitPlan, tuple[CommitChunk, ...]] | None:
    try:
        plan = read_plan(store, bucket, keys)
    except ObjectMissing:
        return None
    chunks = msgspec.json.decode(store.get(bucket, keys.chunks), type=tuple[CommitChunk, ...])
    return plan, chunks


class _Plan(ABC):
    """What one pass over the lines finds."""

    def __init__(self, attributes: Mapping[str, Any]) -> None:
        self.attributes = attributes
        self.chunks: list[CommitChunk] = []
        self.ignored: dict[str, None] = {}

    @abstractmethod
    def take(self, line: Line) -> bool:
        """Look at the next line; is it to be written?"""

    def weight(self, line: Line) -> int:
        """Bytes for which the line counts in a chunk."""
        return len(line.data) + 1

    def ignore_unknown(self, names: Iterable[str]) -> None:
        self.ignored.update(dict.fromkeys(n for n in names if n not in self.attributes))

    def write_repeats(
        self, store: ObjectStore, bucket: str, keys: CommitKeys
    ) -> tuple[CommitChunk, ...]:
        """Leave each chunk the lines that it must not write; the chunks with their counts."""
        return tuple(self.chunks)


class _DeletionPlan(_Plan):
    """Of ids, each once. The work is that of the product, not that of its short id."""

    def take(self, line: Line) -> bool:
        return True

    def weight(self, line: Line) -> int:
        return DELETED_PRODUCT_BYTES


class _AcceptancePlan(_Plan):
    """Of suggestions; the products of an enrichment are different ones."""

    def __init__(self, attributes: Mapping[str, Any], acceptance: Acceptance) -> None:
        super().__init__(attributes)
        self._acceptance = acceptance

    def take(self, line: Line) -> bool:
        chosen = self._acceptance.chosen(_SUGGESTIONS.decode(line.data))
        self.ignore_unknown(suggestion.attribute for suggestion in chosen)
        return bool(chosen)


class _ImportPlan(_Plan):
    """Of products, whose ids can repeat."""

    def __init__(self, attributes: Mapping[str, Any], identifier: str | None) -> None:
        super().__init__(attributes)
        self._identifier = identifier
        self._repeats = RepeatFinder()

    def take(self, line: Line) -> bool:
        fields = fields_of(line)
        values = {name: value for name, value in fields.items() if name in self.attributes}
        if len(values) < len(fields):
            self.ignore_unknown(fields)
        if values:
            self._repeats.add(product_id_of(values, self._identifier))
        else:
            self._repeats.add_unnamed()
        return True

    def write_repeats(
        self, store: ObjectStore, bucket: str, keys: CommitKeys
    ) -> tuple[CommitChunk, ...]:
        rows = self._repeats.repeated()
        counted = []
        for chunk in self.chunks:
            first = chunk.first_line - 1
            lower, upper = rows.searchsorted((first, first + chunk.rows))
            lines = [int(row) + 1 for row in rows[lower:upper]]
            if lines:
                key = keys.repeats(chunk.index)
                store.put(bucket, key, msgspec.json.encode(lines), JSON)
            counted.append(msgspec.structs.replace(chunk, repeated=len(lines)))
        return tuple(counted)


def _scan(lines: Lines, chunk_bytes: int, survey: _Plan) -> None:
    """Gather the chunks. A stretch with nothing to write becomes none."""
    start, end, rows, first_line, size = 0, 0, 0, 1, 0

    def add_chunk() -> None:
        if rows:
            survey.chunks.append(
                CommitChunk(
                    index=len(survey.chunks),
                    start=start,
                    end=end,
                    first_line=first_line,
                    rows=rows,
                    repeated=0,
                )
            )

    for number, line in enumerate(lines.between(0), 1):
        rows += survey.take(line)
        size += survey.weight(line)
        end = line.end
        if size >= chunk_bytes:
            add_chunk()
            start, rows, first_line, size = end, 0, number + 1, 0
    add_chunk()
