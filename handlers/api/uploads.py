"""REST `/uploads`: ways to upload a file, and the request to process it."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import msgspec

from core import clock
from core.attributes.repository import AttributeRepository
from core.enrichment.jobs.daily_budget import DailyBudget
from core.imports.proposals.question import MappingQuestion, ModelAnswer
from core.jobs.records import job_id_of
from core.jobs.repository import JobRepository
from core.uploads.multipart import (
    abort_multipart,
    begin_multipart,
    complete_multipart,
    sign_more_parts,
)
from core.uploads.requests import (
    read_abort_request,
    read_completion_request,
    read_more_parts_request,
    read_process_request,
    read_upload_request,
)
from core.uploads.uploading import prepare_form, prepare_upload, process_file, processing_message
from handlers import environment
from handlers.api.http import Answer, RestApi, answer, path_value

app = RestApi()


@app.post("/uploads/presigned-url")
def create_presigned_url() -> Answer:
    request = read_upload_request(app.json_body())
    ticket = prepare_upload(
        environment.store(),
        _jobs(),
        environment.settings(),
        request=request,
        actor=app.actor,
        now=clock.now(),
    )
    message = f"Upload “{request.file_name}” with {ticket.method} to uploadUrl."
    return answer(200, {"message": message, **msgspec.to_builtins(ticket)})


@app.post("/uploads/presigned-post")
def create_presigned_post() -> Answer:
    request = read_upload_request(app.json_body(), "requests/presigned-post")
    ticket = prepare_form(
        environment.direct_uploads(),
        _jobs(),
        environment.settings(),
        request=request,
        actor=app.actor,
        now=clock.now(),
    )
    message = f"Send “{request.file_name}” in a form, after these fields, to uploadUrl."
    return answer(200, {"message": message, **msgspec.to_builtins(ticket)})


@app.post("/uploads/multipart")
def begin_upload_in_parts() -> Answer:
    request = read_upload_request(app.json_body(), "requests/multipart")
    ticket = begin_multipart(
        environment.direct_uploads(),
        _jobs(),
        environment.settings(),
        request=request,
        actor=app.actor,
        now=clock.now(),
    )
    count = len(ticket.parts)
    message = f"Upload “{request.file_name}” in {count} part{'' if count == 1 else 's'}."
    return answer(200, {"message": message, **msgspec.to_builtins(ticket)})


@app.post("/uploads/multipart/parts")
def sign_parts_again() -> Answer:
    request = read_more_parts_request(app.json_body())
    _require_owner(request.key)
    settings = environment.settings()
    parts = sign_more_parts(
        environment.direct_uploads(), _jobs(), settings, request=request, now=clock.now()
    )
    return answer(
        200,
        {
            "message": "Upload each part with PUT to its url.",
            "parts": msgspec.to_builtins(parts),
            "expiresInSeconds": settings.presigned_url_seconds,
        },
    )


@app.post("/uploads/multipart/complete")
def complete_upload_in_parts() -> Answer:
    request = read_completion_request(app.json_body())
    _require_owner(request.key)
    job = complete_multipart(
        environment.direct_uploads(),
        environment.store(),
        _jobs(),
        environment.settings(),
        request=request,
        now=clock.now(),
    )
    message = processing_message(job, None)
    return answer(202, {"message": message, "jobId": job.id, "s3Key": job.s3_key})


@app.post("/uploads/multipart/abort")
def abort_upload_in_parts() -> Answer:
    request = read_abort_request(app.json_body())
    _require_owner(request.key)
    job = abort_multipart(
        environment.direct_uploads(),
        environment.store(),
        _jobs(),
        environment.settings(),
        request=request,
        actor=app.actor,
        now=clock.now(),
    )
    message = f"The upload of “{job.original_file_name}” was aborted."
    return answer(200, {"message": message, "jobId": job.id})


@app.post("/uploads/process-file")
def request_processing() -> Answer:
    request = read_process_request(app.json_body())
    processing = process_file(
        environment.store(),
        _jobs(),
        environment.queue(),
        environment.settings(),
        request=request,
        actor=app.actor,
        now=clock.now(),
    )
    return answer(202, {"message": processing.message, "jobId": processing.job.id})


@app.post("/uploads/<job_id>/mapping-proposal")
def propose_a_mapping(job_id: str) -> Answer:
    # column work, for this call alone
    from core.proposals.mapping import ProposedBy, propose_mapping, read_mapping_request

    began = clock.now()
    by = read_mapping_request(app.json_body() if app.current_event.body else {})
    attributes = AttributeRepository(environment.database()).all()
    proposed = propose_mapping(
        path_value(job_id),
        environment.store(),
        _jobs(),
        [each.definition() for each in attributes],
        environment.settings(),
        ask_model=partial(_ask_model, began) if by is ProposedBy.MODEL else None,
        descriptions={each.name: each.description for each in attributes if each.description},
    )
    return answer(200, proposed)


def _ask_model(began: datetime, question: MappingQuestion) -> ModelAnswer:
    from core.enrichment.mapping.requesting import answer_of_model

    store, settings = environment.store(), environment.settings()
    daily = DailyBudget(environment.database(), store, settings)
    suggester = environment.suggest_function()
    return answer_of_model(question, suggester, daily, settings, began=began)


def _require_owner(key: str) -> None:
    job = _jobs().get(job_id_of(environment.settings().uploads_bucket, key))
    if job is not None:
        app.require_owner(job.created_by)


def _jobs() -> JobRepository:
    return JobRepository(environment.database())


handler = app.handler
