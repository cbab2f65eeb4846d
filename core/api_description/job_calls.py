"""The calls under `/processing-jobs`."""

from __future__ import annotations

from core.api_description import parameters
from core.api_description.operation import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    TOO_LARGE,
    Answer,
    Body,
    Operation,
)

JOB_CALLS = (
    Operation(
        method="get",
        path="/processing-jobs",
        id="listJobs",
        tag="jobs",
        summary="List jobs, newest first",
        parameters=parameters.OF_JOB_LIST,
        answers=(Answer(200, "One page of the jobs.", "responses/job-list"),),
        failures={
            BAD_REQUEST: ("INVALID_QUERY", "INVALID_CURSOR"),
        },
    ),
    Operation(
        method="get",
        path="/processing-jobs/{jobId}",
        id="getJob",
        tag="jobs",
        summary="Get one job",
        description="Its links are presigned and expire.",
        parameters=(parameters.JOB_ID,),
        answers=(Answer(200, "The present state of the job.", "responses/job"),),
        failures={
            NOT_FOUND: ("JOB_NOT_FOUND",),
        },
    ),
    Operation(
        method="post",
        path="/processing-jobs/{jobId}/cancel",
        id="cancelJob",
        tag="jobs",
        summary="Cancel a job that has not finished",
        description="The job ends as FAILED with the code CANCELLED.",
        parameters=(parameters.JOB_ID,),
        answers=(Answer(200, "The job was cancelled.", "responses/job-cancelled"),),
        failures={
            NOT_FOUND: ("JOB_NOT_FOUND",),
            CONFLICT: (
                "JOB_FINISHED",
                "JOB_IN_MOTION",
            ),
        },
    ),
    Operation(
        method="post",
        path="/processing-jobs/{jobId}/reprocess",
        id="reprocessJob",
        tag="jobs",
        summary="Start a finished job again",
        description="An import reads the same version of its file again. An approval or an "
        "enrichment repeats its order: what was saved is unchanged, and no answer is paid twice.",
        parameters=(parameters.JOB_ID,),
        body=Body(("requests/reprocess-job",), needed=False),
        answers=(Answer(202, "The next attempt was started.", "responses/job-restarted"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("JOB_NOT_FOUND", "PROFILE_NOT_FOUND"),
            CONFLICT: (
                "JOB_RUNNING",
                "JOB_IN_MOTION",
                "NOT_AN_IMPORT",
                "NOT_RESTARTABLE",
                "UPLOAD_GONE",
                "NEWER_UPLOAD",
                "PROFILE_OUTDATED",
            ),
        },
    ),
    Operation(
        method="post",
        path="/processing-jobs/{jobId}/exports",
        id="exportJob",
        tag="jobs",
        summary="Export the valid rows of an import as a file",
        description="The response is a job of type `export`; when it is done, its "
        "`downloads.export` is the file, and the import links it too. A second call for the same "
        "file while it is being made returns that job.",
        parameters=(parameters.JOB_ID,),
        body=Body(("requests/export-job",)),
        answers=(Answer(202, "The export was started.", "responses/export-accepted"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("JOB_NOT_FOUND",),
            CONFLICT: (
                "JOB_NOT_FINISHED",
                "IMPORT_FAILED",
                "NO_VALID_ROWS",
                "NOT_AN_IMPORT",
                "RESULTS_GONE",
            ),
        },
    ),
    Operation(
        method="post",
        path="/processing-jobs/reprocess",
        id="reprocessJobs",
        tag="jobs",
        summary="Start many finished jobs again",
        description="A job of type `reprocessing` starts them, a few at a time, and reports what "
        "became of each. The jobs are named, or found by a filter when the call is made.",
        body=Body(("requests/reprocess-jobs",)),
        answers=(
            Answer(200, "Of a dry run: what would be done.", "responses/batch-preview"),
            Answer(202, "The batch was started.", "responses/batch-accepted"),
        ),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("PROFILE_NOT_FOUND",),
            CONFLICT: ("PROFILE_OUTDATED",),
            TOO_LARGE: ("TOO_MANY_JOBS",),
        },
    ),
)
