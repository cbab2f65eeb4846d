"""How many jobs one caller may have under way at once."""

from __future__ import annotations

from core.actors import Actor
from core.errors import TooManyRequests
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.wording import can_be_raised, counted

RETRY_AFTER_SECONDS = 30
"""A job takes from a second to many minutes."""


def refuse_one_more(jobs: JobRepository, job_id: str, actor: Actor, settings: Settings) -> None:
    """Raises TooManyRequests `CALLER_HAS_TOO_MANY_JOBS` for a caller who may start no further job.

    A job that runs already is joined, not started, so it is never refused. Imports that wait for a
    file or a slot do not count: `core/jobs/admission.py` bounds them. Calls of one moment may pass
    together.
    """
    limit = settings.jobs_at_once_per_caller
    running = jobs.count_running(actor, limit)
    if running < limit:
        return
    known = jobs.get(job_id)
    if known is not None and not known.is_final:
        return
    raise TooManyRequests(
        "CALLER_HAS_TOO_MANY_JOBS",
        f"You have {counted(running, 'job')} under way, and {limit:,} can run at once; try again "
        "when one of them has ended, or cancel one. "
        f"{can_be_raised('jobs_at_once_per_caller')}",
        [{"maximum": limit}],
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
