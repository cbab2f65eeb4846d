"""REST `/processing-jobs`: the state and results of jobs, and calls to cancel, restart and export
them."""

from __future__ import annotations

import msgspec

from core import clock
from core.enrichment.jobs.ledger import with_account
from core.exports.repository import ExportJobs, stored_exports
from core.exports.requesting import export_import
from core.imports.jobs.reprocessing import read_restart_request
from core.job_control.cancelling import cancel_job
from core.job_control.finding import JobLists
from core.job_control.listing import list_jobs, read_job_list_request
from core.job_control.presentation import are_results_gone, job_to_json, listed_job_to_json
from core.job_control.progress import progress_of
from core.job_control.reprocessing_requests import (
    preview_batch,
    read_batch_request,
    select_jobs,
    start_batch,
)
from core.job_control.restarting import restart_job
from core.jobs.ceiling import refuse_one_more
from core.jobs.repository import JobRepository, job_not_found
from core.profiles.choosing import reading_of_request
from handlers import environment
from handlers.admission import give_slot_back
from handlers.api.http import Answer, RestApi, answer, logger, path_value

app = RestApi()


@app.get("/processing-jobs")
def list_all() -> Answer:
    request = read_job_list_request(app.query_parameters())
    lists, signer = JobLists(environment.database()), environment.cursor_signer()
    return answer(200, list_jobs(request, lists, signer))


@app.get("/processing-jobs/<job_id>")
def show_job(job_id: str) -> Answer:
    identifier = _named(job_id)
    job = _jobs().get(identifier)
    if job is None:
        raise job_not_found(identifier)
    settings, store = environment.settings(), environment.store()
    progress = progress_of(job, store, settings)
    job = with_account(job, store, settings)
    gone = are_results_gone(job, store, settings)
    exports = stored_exports(ExportJobs(environment.database()), job, store, settings)
    shown = job_to_json(job, progress, store, settings, results_gone=gone, exports=exports)
    return answer(200, shown)


@app.post("/processing-jobs/<job_id>/cancel")
def cancel(job_id: str) -> Answer:
    _require_owner(job_id)
    job = cancel_job(
        environment.store(),
        _jobs(),
        environment.state_machine(),
        job_id=_named(job_id),
        actor=app.actor,
        now=clock.now(),
    )
    if job.execution_arn is not None:
        give_slot_back(job.execution_arn)
    message = f"The job for “{job.original_file_name}” was cancelled."
    return answer(200, {"message": message, "jobId": job.id, "job": listed_job_to_json(job)})


@app.post("/processing-jobs/reprocess")
def reprocess_many() -> Answer:
    request = read_batch_request(app.json_body())
    settings, store, jobs = environment.settings(), environment.store(), _jobs()
    ids = select_jobs(request, JobLists(environment.database()), settings)
    if request.dry_run:
        return answer(200, preview_batch(request, ids, store, jobs))
    batch = start_batch(
        request,
        ids,
        store,
        jobs,
        environment.reprocess_machine(),
        settings,
        actor=app.actor,
        now=clock.now(),
    )
    return answer(202, batch)


@app.post("/processing-jobs/<job_id>/reprocess")
def reprocess(job_id: str) -> Answer:
    _require_owner(job_id)
    body = app.json_body() if app.current_event.body else {}
    refuse_one_more(_jobs(), path_value(job_id), app.actor, environment.settings())
    restart = restart_job(
        environment.store(),
        _jobs(),
        environment.machines(),
        environment.settings(),
        job_id=_named(job_id),
        reading=reading_of_request(environment.database(), read_restart_request(body)),
        actor=app.actor,
        now=clock.now(),
    )
    message = f"The job will be processed again, as attempt {restart.attempt}."
    return answer(202, {"message": message, **msgspec.to_builtins(restart)})


@app.post("/processing-jobs/<job_id>/exports")
def export(job_id: str) -> Answer:
    started = export_import(
        app.json_body(),
        _named(job_id),
        environment.store(),
        ExportJobs(environment.database()),
        environment.export_machine(),
        environment.settings(),
        actor=app.actor,
        now=clock.now(),
    )
    return answer(202, started)


def _named(job_id: str) -> str:
    """The id in the path; from now on every line of the log names it."""
    identifier = path_value(job_id)
    logger.append_keys(jobId=identifier)
    return identifier


def _require_owner(job_id: str) -> None:
    """A job that does not exist is left to the function that looks for it again."""
    job = _jobs().get(path_value(job_id))
    if job is not None:
        app.require_owner(job.created_by)


def _jobs() -> JobRepository:
    return JobRepository(environment.database())


handler = app.handler
