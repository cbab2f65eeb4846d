"""The calls under `/uploads`."""

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

_WITHOUT_A_TICKET = {
    BAD_REQUEST: ("INVALID_FIELDS", "UNSUPPORTED_FILE_TYPE"),
    NOT_FOUND: ("PROFILE_NOT_FOUND",),
    CONFLICT: ("PROFILE_OUTDATED",),
}
"""Why an upload is not begun, whatever the way."""

UPLOAD_CALLS = (
    Operation(
        method="post",
        path="/uploads/presigned-url",
        id="createUpload",
        tag="uploads",
        summary="Get a URL to upload a file to",
        description="The upload starts the import, as the job whose id is in the response.",
        body=Body(("requests/presigned-url",)),
        answers=(Answer(200, "Where to send the file.", "responses/upload-ticket"),),
        failures=_WITHOUT_A_TICKET,
    ),
    Operation(
        method="post",
        path="/uploads/presigned-post",
        id="createFormUpload",
        tag="uploads",
        summary="Get a form to upload a file with",
        description="S3 itself refuses a file that is larger than `maxBytes`.",
        body=Body(("requests/presigned-post",)),
        answers=(Answer(200, "Where to send the form.", "responses/form-ticket"),),
        failures={**_WITHOUT_A_TICKET, TOO_LARGE: ("FILE_TOO_LARGE",)},
    ),
    Operation(
        method="post",
        path="/uploads/multipart",
        id="beginMultipartUpload",
        tag="uploads",
        summary="Begin the upload of a large file in parts",
        body=Body(("requests/multipart",)),
        answers=(Answer(200, "Where to send the parts.", "responses/multipart-ticket"),),
        failures={**_WITHOUT_A_TICKET, TOO_LARGE: ("FILE_TOO_LARGE",)},
    ),
    Operation(
        method="post",
        path="/uploads/multipart/parts",
        id="signMoreParts",
        tag="uploads",
        summary="Get new URLs for parts whose URLs have expired",
        body=Body(("requests/multipart-parts",)),
        answers=(Answer(200, "Where to send these parts.", "responses/more-parts"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("UPLOAD_NOT_FOUND",),
        },
    ),
    Operation(
        method="post",
        path="/uploads/multipart/complete",
        id="completeMultipartUpload",
        tag="uploads",
        summary="Assemble the parts, which starts the import",
        description="Can be repeated.",
        body=Body(("requests/multipart-complete",)),
        answers=(Answer(202, "The job to watch.", "responses/upload-completed"),),
        failures={
            BAD_REQUEST: (
                "INVALID_FIELDS",
                "INVALID_PARTS",
            ),
            NOT_FOUND: (
                "UPLOAD_NOT_FOUND",
                "MULTIPART_UPLOAD_NOT_FOUND",
            ),
            TOO_LARGE: ("FILE_TOO_LARGE",),
        },
    ),
    Operation(
        method="post",
        path="/uploads/multipart/abort",
        id="abortMultipartUpload",
        tag="uploads",
        summary="Abort an upload in parts, and cancel its job",
        description="Can be repeated.",
        body=Body(("requests/multipart-abort",)),
        answers=(Answer(200, "The upload was aborted.", "responses/job-accepted"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: (
                "UPLOAD_NOT_FOUND",
                "MULTIPART_UPLOAD_NOT_FOUND",
            ),
        },
    ),
    Operation(
        method="post",
        path="/uploads/process-file",
        id="processFile",
        tag="uploads",
        summary="Process an uploaded file",
        description="Returns the job that the upload started or will start, and never creates a "
        "second job for the same file.",
        body=Body(("requests/process-file",)),
        answers=(Answer(202, "The job to watch.", "responses/job-accepted"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("UPLOAD_NOT_FOUND", "PROFILE_NOT_FOUND"),
            CONFLICT: ("PROFILE_OUTDATED",),
        },
    ),
    Operation(
        method="post",
        path="/uploads/{jobId}/mapping-proposal",
        id="proposeMapping",
        tag="uploads",
        summary="Propose a mapping for the columns that feed no attribute",
        description="By the resemblance of headers, types and values to attributes that no column "
        "feeds, values of products included; or, with `by`, by the configured model. Reads the "
        "beginning of the file, and changes nothing: send the `options` of the answer to "
        "reprocess.",
        parameters=(parameters.JOB_ID,),
        body=Body(("requests/propose-mapping",), needed=False),
        answers=(Answer(200, "What resembles what.", "responses/mapping-proposal"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("JOB_NOT_FOUND",),
            CONFLICT: (
                "NOT_AN_IMPORT",
                "JOB_NOT_FINISHED",
                "UPLOAD_GONE",
                "NEWER_UPLOAD",
                "NO_ATTRIBUTES",
                "FILE_NOT_SAMPLED",
            ),
        },
    ),
)
