"""REST `/uploads`: a URL to upload to, and the wish to have a file processed."""

from __future__ import annotations

import msgspec

from core import clock
from core.actors import ANONYMOUS
from core.jobs.repository import JobRepository
from core.uploads.requests import read_process_request, read_upload_request
from core.uploads.uploading import prepare_upload, process_file, told
from handlers import environment
from handlers.api.http import Answer, RestApi, answer

app = RestApi()


@app.post("/uploads/presigned-url")
def create_presigned_url() -> Answer:
    request = read_upload_request(app.json_body())
    ticket = prepare_upload(
        environment.store(),
        JobRepository(environment.database()),
        environment.settings(),
        request=request,
        actor=ANONYMOUS,
        now=clock.now(),
    )
    message = f"Upload “{request.file_name}” with {ticket.method} to uploadUrl."
    return answer(200, {"message": message, **msgspec.to_builtins(ticket)})


@app.post("/uploads/process-file")
def ask_for_processing() -> Answer:
    request = read_process_request(app.json_body())
    job = process_file(
        environment.store(),
        JobRepository(environment.database()),
        environment.queue(),
        environment.settings(),
        request=request,
        actor=ANONYMOUS,
        now=clock.now(),
    )
    return answer(202, {"message": told(job, request.options), "jobId": job.id})


handler = app.handler
