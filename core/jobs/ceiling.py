"""How many jobs one caller may have under way at once."""

from __future__ import annotations

from datetime import timedelta

from core import clock
from core.actors import Actor
from core.errors import TooManyRequests
from core.jobs.repository import JobRepository
from core.settings import Settings
from core.wording import can_be_raised, counted

LATE_SECONDS_OF_STOPPED = 60
RETRY_AFTER_SECONDS = 30
"""A job takes from a second to many minutes."""


def late_calls_of_stopped(settings: Settings) -> timedelta:
    """How long after its cancellation an enrichment can still record calls: one call, and the few
    seconds after which its batches look for the signal to stop."""
    return timedelta(seconds=settings.enrichment_timeout_seconds + LATE_SECONDS_OF_STOPPED)


def refuse_one_more(jobs: JobRepository, job_id: str, actor: Actor, settings: Settings) -> None:
    """Raises TooManyRequests `CALLER_HAS_TOO_MANY_JOBS` for a caller who may start no further job.

    A job that runs already is joined, not started, so it is never refused. Imports that wait for a
    file or a slot do not count: `core/jobs/admission.py` bounds them. Calls of one moment may pass
    together. An enrichment that was cancelled counts until its last calls have ended: each holds a
    part of the day's budget for them, and whoever starts and cancels must not hold all of it.
    """
    limit = settings.jobs_at_once_per_caller
    running = jobs.count_running(actor, limit, clock.now() - late_calls_of_stopped(settings))
    if running < limit:
        return
    known = jobs.get(job_id)
    if known is not None and not known.is_final:
        return
    raise TooManyRequests(
        "CALLER_HAS_TOO_MANY_JOBS",
        f"You have {counted(running, 'job')} under way, and {limit:,} can run at once; try again "
        "when one of them has ended, or cancel one; a cancelled enrichment counts until its last "
        "calls have ended. "
        f"{can_be_raised('jobs_at_once_per_caller')}",
        [{"maximum": limit}],
        retry_after_seconds=RETRY_AFTER_SECONDS,
    )
