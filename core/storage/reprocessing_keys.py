"""The keys of batches of restarts, all in the results bucket; `keys.py` describes their content.
The order belongs to the job, the others to an attempt: the next one continues from its report."""

from __future__ import annotations


def order_key(job_id: str) -> str:
    """The ids of its jobs, and the options to read them with."""
    return f"work/{job_id}/order.json"


def report_key(job_id: str, attempt: int) -> str:
    """The state of each of its jobs."""
    return f"work/{job_id}/{attempt}/report.json"


def result_key(job_id: str, attempt: int) -> str:
    return f"results/{job_id}/{attempt}/result.json"
