"""The keys of batches of restarts, all in the results bucket; `keys.py` describes their content.
All except the result belong to the job and not to an attempt: a later attempt continues."""

from __future__ import annotations


def order_key(job_id: str) -> str:
    """The ids of its jobs, and the options to read them with."""
    return f"work/{job_id}/order.json"


def report_key(job_id: str) -> str:
    """The state of each of its jobs."""
    return f"work/{job_id}/report.json"


def result_key(job_id: str, attempt: int) -> str:
    return f"results/{job_id}/{attempt}/result.json"
