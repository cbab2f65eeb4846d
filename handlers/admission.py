"""What the last state of an import does for waiting imports (`core/jobs/admission.py`)."""

from __future__ import annotations

from aws_lambda_powertools import Logger

from core.imports.jobs.requests import import_event
from core.jobs.admission import Admission, give_back
from handlers import environment

logger = Logger(child=True)


def give_slot_back(execution_arn: str) -> None:
    """Release the slot of an execution, and report the next import in line to the import queue.

    Never raises: the job has ended, and the sweep completes the rest within minutes.
    """
    try:
        admission = Admission(environment.database(), environment.settings())
        following = give_back(admission, execution_arn)
        if following is not None:
            environment.queue().send(import_event(following.bucket, following.key))
    except Exception:
        logger.warning("The slot is left to the sweep", exc_info=True)
