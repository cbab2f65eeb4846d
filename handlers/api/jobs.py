"""REST `/processing-jobs`: where an import stands, and what came out of it."""

from __future__ import annotations

from core.errors import NotFound
from core.jobs.presentation import job_to_json
from core.jobs.progress import progress_of
from core.jobs.repository import JobRepository
from handlers import environment
from handlers.api.http import Answer, RestApi, answer, path_value

app = RestApi()


@app.get("/processing-jobs/<job_id>")
def show_job(job_id: str) -> Answer:
    identifier = path_value(job_id)
    job = JobRepository(environment.database()).get(identifier)
    if job is None:
        raise NotFound("JOB_NOT_FOUND", f"There is no job with the id “{identifier[:100]}”.")
    settings, store = environment.settings(), environment.store()
    return answer(200, job_to_json(job, progress_of(job, store, settings), store, settings))


handler = app.handler
