"""The keys of jobs that propose attributes, all in the results bucket; `keys.py` describes their
content."""

from __future__ import annotations

from dataclasses import dataclass

from core.storage.keys import CHUNK_DIGITS, ImportKeys


@dataclass(frozen=True, slots=True)
class ProposalKeys(ImportKeys):
    """The file is planned as for an import, hence the keys of one."""

    @property
    def asked(self) -> str:
        """The columns for which something is proposed."""
        return f"{self.work}/asked.json"

    def hashes(self, chunk: int) -> str:
        """Of the texts of columns in which none repeats within the chunk."""
        return f"{self.work}/hashes/{chunk:0{CHUNK_DIGITS}}.parquet"

    @property
    def proposals(self) -> str:
        return f"{self.results}/proposals.json"


def order_key(job_id: str) -> str:
    """For which file attributes are proposed; no attempt changes it."""
    return f"work/{job_id}/order.json"
