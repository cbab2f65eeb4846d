"""The calls under `/attributes`."""

from __future__ import annotations

from core.api_description import parameters
from core.api_description.operation import (
    BAD_REQUEST,
    CONFLICT,
    NOT_FOUND,
    OTHER_REVISION,
    Answer,
    Body,
    Operation,
)


def _update(method: str, operation_id: str) -> Operation:
    return Operation(
        method=method,
        path="/attributes/{attributeId}",
        id=operation_id,
        tag="attributes",
        summary="Change an attribute",
        description="Name and type cannot change. Fields that are not sent keep their values.",
        parameters=(parameters.ATTRIBUTE_ID, parameters.IF_MATCH),
        body=Body(("requests/update-attribute",)),
        answers=(Answer(200, "The attribute was changed.", "responses/attribute-written"),),
        failures={
            BAD_REQUEST: (
                "INVALID_FIELDS",
                "NOTHING_TO_CHANGE",
            ),
            NOT_FOUND: ("ATTRIBUTE_NOT_FOUND",),
            OTHER_REVISION: ("ATTRIBUTE_CHANGED", "UNKNOWN_ETAG"),
            CONFLICT: (
                "ATTRIBUTE_CHANGED",
                "HEADER_TAKEN",
                "IDENTIFIER_EXISTS",
                "NOT_UNIQUE",
                "TOO_MANY_INDEXES",
            ),
        },
    )


ATTRIBUTE_CALLS = (
    Operation(
        method="post",
        path="/attributes",
        id="createAttribute",
        tag="attributes",
        summary="Define an attribute",
        description="Its id is derived from its name; two names with the same id conflict.",
        body=Body(("requests/create-attribute",)),
        answers=(Answer(201, "The attribute was created.", "responses/attribute-written"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            CONFLICT: (
                "ATTRIBUTE_EXISTS",
                "HEADER_TAKEN",
                "IDENTIFIER_EXISTS",
                "NOT_UNIQUE",
                "TOO_MANY_INDEXES",
            ),
        },
    ),
    Operation(
        method="get",
        path="/attributes",
        id="listAttributes",
        tag="attributes",
        summary="List all attributes",
        answers=(Answer(200, "Every attribute definition.", "responses/attribute-list"),),
    ),
    Operation(
        method="post",
        path="/attributes/proposals",
        id="proposeAttributes",
        tag="attributes",
        summary="Propose attributes from every row of a file",
        description="Starts a job, which creates no attribute. Columns that feed an attribute are "
        "left out.",
        body=Body(("requests/propose-attributes",)),
        answers=(Answer(202, "The job to watch.", "responses/proposal-accepted"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("JOB_NOT_FOUND", "UPLOAD_NOT_FOUND"),
            CONFLICT: ("NOT_AN_IMPORT", "UPLOAD_GONE", "NEWER_UPLOAD"),
        },
    ),
    Operation(
        method="get",
        path="/attributes/proposals/{jobId}",
        id="getProposals",
        tag="attributes",
        summary="Get the proposed attributes",
        description="No row of the file is faulted by its own proposals, if it is read with the "
        "options that the answer gives.",
        parameters=(parameters.JOB_ID,),
        answers=(Answer(200, "The proposals, or how far they are.", "responses/proposals"),),
        failures={
            NOT_FOUND: ("JOB_NOT_FOUND",),
            CONFLICT: ("NOT_A_PROPOSAL", "RESULTS_GONE"),
        },
    ),
    Operation(
        method="post",
        path="/attributes/proposals/{jobId}/accept",
        id="acceptProposals",
        tag="attributes",
        summary="Create proposed attributes, and start the import of the file again",
        description="All of them, or those that are named, edited if need be. An attribute that "
        "exists is reported, and never changed. Can be repeated.",
        parameters=(parameters.JOB_ID,),
        body=Body(("requests/accept-proposals",), needed=False),
        answers=(Answer(200, "What became of each attribute.", "responses/proposals-accepted"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("JOB_NOT_FOUND",),
            CONFLICT: ("NOT_A_PROPOSAL", "JOB_NOT_FINISHED", "PROPOSAL_FAILED", "RESULTS_GONE"),
        },
    ),
    Operation(
        method="get",
        path="/attributes/{attributeId}",
        id="getAttribute",
        tag="attributes",
        summary="Get one attribute",
        parameters=(parameters.ATTRIBUTE_ID,),
        answers=(Answer(200, "Its definition.", "responses/attribute-written"),),
        failures={NOT_FOUND: ("ATTRIBUTE_NOT_FOUND",)},
    ),
    _update("put", "updateAttribute"),
    _update("patch", "patchAttribute"),
    Operation(
        method="delete",
        path="/attributes/{attributeId}",
        id="deleteAttribute",
        tag="attributes",
        summary="Delete an attribute",
        description="Products keep the values that they have; the answer says how many hold one.",
        parameters=(parameters.ATTRIBUTE_ID, parameters.DRY_RUN),
        answers=(Answer(200, "The attribute was deleted.", "responses/attribute-deleted"),),
        failures={
            BAD_REQUEST: ("INVALID_QUERY",),
            NOT_FOUND: ("ATTRIBUTE_NOT_FOUND",),
        },
    ),
)
