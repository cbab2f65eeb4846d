"""The keys of export jobs, all in the results bucket; `keys.py` describes their content."""

from __future__ import annotations

from dataclasses import dataclass

from core.storage.keys import CHUNK_DIGITS, AttemptKeys


@dataclass(frozen=True, slots=True)
class ExportKeys(AttemptKeys):
    """The keys of one attempt of one export job."""

    @property
    def results(self) -> str:
        """A prefix of its own: an export can be made again, and is kept for days only."""
        return f"exports/{self.job_id}/{self.attempt}"

    def source(self, opening: str, chunk: int) -> str:
        """What the chunk reads: the end of a Parquet file, or ids of products. Each opening of the
        attempt has a folder of its own; the plan names the one that counts."""
        return f"{self.work}/source/{opening}/{chunk:0{CHUNK_DIGITS}}"

    def part(self, chunk: int, run: str) -> str:
        """Each run of the task writes its own; the summary names the one that counts."""
        return f"{self.work}/parts/{chunk:0{CHUNK_DIGITS}}-{run}"

    def file(self, suffix: str) -> str:
        return f"{self.results}/export.{suffix}"


def order_key(job_id: str) -> str:
    """The order of an export; no attempt changes it."""
    return f"work/{job_id}/order.json"
