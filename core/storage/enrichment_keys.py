"""The keys of enrichment jobs, all in the results bucket; what lies there stands in `keys.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.storage.keys import CHUNK_DIGITS

ATTEMPT_DIGITS = 4
ROUND_DIGITS = 3


@dataclass(frozen=True, slots=True)
class EnrichmentKeys:
    """The keys of one attempt of one enrichment job.

    `plan` and `summaries` are named as those of an import, so that progress is read off alike.
    """

    job_id: str
    attempt: int

    @property
    def work(self) -> str:
        return f"work/{self.job_id}/{self.attempt}"

    @property
    def results(self) -> str:
        return f"results/{self.job_id}/{self.attempt}"

    @property
    def definitions(self) -> str:
        return f"{self.work}/definitions.json"

    @property
    def plan(self) -> str:
        return f"{self.work}/plan.json"

    @property
    def chunks(self) -> str:
        return f"{self.work}/chunks.json"

    @property
    def summaries(self) -> str:
        """Prefix of all batch summaries."""
        return f"{self.work}/summaries/"

    def products(self, batch: int) -> str:
        return f"{self.work}/products/{batch:0{CHUNK_DIGITS}}.json"

    def answered(self, batch: int) -> str:
        return f"{self.work}/answered/{batch:0{CHUNK_DIGITS}}.ndjson"

    def suggestions(self, batch: int) -> str:
        return f"{self.work}/suggestions/{batch:0{CHUNK_DIGITS}}.ndjson"

    def summary(self, batch: int) -> str:
        return f"{self.summaries}{batch:0{CHUNK_DIGITS}}.json"

    @property
    def ledger(self) -> str:
        """Prefix of what was spent and done, over all attempts, and of what stops batches."""
        return f"work/{self.job_id}/ledger/"

    @property
    def stop(self) -> str:
        """Batches of this attempt ask nothing more once this is there."""
        return f"{self.ledger}stop-{self.attempt:0{ATTEMPT_DIGITS}}"

    def spent(self, batch: int, turn: int, run: str, amounts: Sequence[int]) -> str:
        """What calls of one run of a batch cost stands in the key, so that one listing adds it all
        up (`core.enrichment.jobs.ledger`)."""
        told = "-".join(map(str, amounts))
        return f"{self.ledger}spent-{self._of_ledger(batch, turn)}-{run}-{told}"

    def done(self, batch: int, turn: int, counts: Sequence[int]) -> str:
        """What a batch came to so far, in the key as well."""
        told = "-".join(map(str, counts))
        return f"{self.ledger}done-{self._of_ledger(batch, turn)}-{told}"

    def _of_ledger(self, batch: int, turn: int) -> str:
        return f"{self.attempt:0{ATTEMPT_DIGITS}}-{batch:0{CHUNK_DIGITS}}-{turn:0{ROUND_DIGITS}}"

    @property
    def result(self) -> str:
        return f"{self.results}/result.json"

    @property
    def all_suggestions(self) -> str:
        return f"{self.results}/suggestions.ndjson"


def order_key(job_id: str) -> str:
    """What an enrichment was asked for; no attempt changes it."""
    return f"work/{job_id}/order.json"
