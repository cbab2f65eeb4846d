"""The calls under `/processing-jobs`."""

from __future__ import annotations

from core.api_description import parameters
from core.api_description.operation import BAD_REQUEST, CONFLICT, NOT_FOUND, Answer, Body, Operation

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
            BAD_REQUEST: ("INVALID_QUERY",),
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
        summary="Import the file of a finished job again",
        parameters=(parameters.JOB_ID,),
        body=Body(("requests/reprocess-job",), needed=False),
        answers=(Answer(202, "The next attempt was started.", "responses/job-restarted"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("JOB_NOT_FOUND",),
            CONFLICT: (
                "JOB_RUNNING",
                "JOB_IN_MOTION",
                "NOT_AN_IMPORT",
                "UPLOAD_GONE",
                "NEWER_UPLOAD",
            ),
        },
    ),
)
