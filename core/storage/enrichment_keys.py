"""The keys of enrichment jobs, all in the results bucket; what lies there stands in `keys.py`."""

from __future__ import annotations

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
        """Prefix of what was spent, over all attempts, and of what tells batches to stop."""
        return f"work/{self.job_id}/ledger/"

    @property
    def stop(self) -> str:
        """Batches of this attempt ask nothing more once this is there."""
        return f"{self.ledger}stop-{self.attempt:0{ATTEMPT_DIGITS}}"

    def spent(self, batch: int, turn: int, tokens: int, micro_usd: int) -> str:
        """What one run of a batch spent stands in the key, so that one listing adds it all up. A
        run that is repeated and spends anew leaves an entry of its own."""
        run = f"{self.attempt:0{ATTEMPT_DIGITS}}-{batch:0{CHUNK_DIGITS}}-{turn:0{ROUND_DIGITS}}"
        return f"{self.ledger}spent-{run}-{tokens}-{micro_usd}"

    @property
    def result(self) -> str:
        return f"{self.results}/result.json"

    @property
    def all_suggestions(self) -> str:
        return f"{self.results}/suggestions.ndjson"


def order_key(job_id: str) -> str:
    """What an enrichment was asked for; no attempt changes it."""
    return f"work/{job_id}/order.json"
