"""The keys of enrichment jobs, all in the results bucket; `keys.py` describes their content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.storage.keys import CHUNK_DIGITS, AttemptKeys

ATTEMPT_DIGITS = 4
ROUND_DIGITS = 3


@dataclass(frozen=True, slots=True)
class EnrichmentKeys(AttemptKeys):
    """The keys of one attempt of one enrichment job."""

    def products(self, batch: int, opening: str = "") -> str:
        """Each opening of the attempt has its own folder; the plan names the valid one."""
        folder = f"{opening}/" if opening else ""
        return f"{self.work}/products/{folder}{batch:0{CHUNK_DIGITS}}.json"

    def answered(self, batch: int) -> str:
        return f"{self.work}/answered/{batch:0{CHUNK_DIGITS}}.ndjson"

    def suggestions(self, batch: int) -> str:
        return f"{self.work}/suggestions/{batch:0{CHUNK_DIGITS}}.ndjson"

    @property
    def ledger(self) -> str:
        """Prefix of the ledger entries of all attempts: spending, outcomes, and stop marks."""
        return f"work/{self.job_id}/ledger/"

    @property
    def stop(self) -> str:
        """Once this object exists, the batches of this attempt make no more calls."""
        return f"{self.ledger}stop-{self.attempt:0{ATTEMPT_DIGITS}}"

    def spent(self, batch: int, turn: int, run: str, amounts: Sequence[int]) -> str:
        """The key contains the cost of one run of a batch, so that one listing gives the
        sum (`core.enrichment.jobs.ledger`)."""
        return f"{self.ledger}spent-{self._entry(batch, turn)}-{run}-{'-'.join(map(str, amounts))}"

    def done(self, batch: int, turn: int, counts: Sequence[int]) -> str:
        """The key holds the outcomes of a batch so far."""
        return f"{self.ledger}done-{self._entry(batch, turn)}-{'-'.join(map(str, counts))}"

    def _entry(self, batch: int, turn: int) -> str:
        return f"{self.attempt:0{ATTEMPT_DIGITS}}-{batch:0{CHUNK_DIGITS}}-{turn:0{ROUND_DIGITS}}"

    @property
    def all_suggestions(self) -> str:
        return f"{self.results}/suggestions.ndjson"


def order_key(job_id: str) -> str:
    """The order of an enrichment; no attempt changes it."""
    return f"work/{job_id}/order.json"
