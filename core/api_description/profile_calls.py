"""The calls under `/import-profiles`."""

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

PROFILE_CALLS = (
    Operation(
        method="post",
        path="/import-profiles",
        id="createProfile",
        tag="profiles",
        summary="Save how a supplier's files are read",
        description="An upload chooses the profile by its name, a file dropped under "
        "`incoming/{name}/` by its key, and any other file by its headers.",
        body=Body(("requests/create-profile",)),
        answers=(Answer(201, "The profile was created.", "responses/profile-written"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            CONFLICT: ("PROFILE_EXISTS", "PROFILE_HEADERS_TAKEN"),
        },
    ),
    Operation(
        method="get",
        path="/import-profiles",
        id="listProfiles",
        tag="profiles",
        summary="List the profiles",
        parameters=parameters.OF_PAGE,
        answers=(Answer(200, "One page of them, by name.", "responses/profile-list"),),
        failures={BAD_REQUEST: ("INVALID_QUERY",)},
    ),
    Operation(
        method="get",
        path="/import-profiles/{name}",
        id="getProfile",
        tag="profiles",
        summary="Get one profile",
        parameters=(parameters.PROFILE_NAME,),
        answers=(Answer(200, "The profile.", "responses/profile-written"),),
        failures={NOT_FOUND: ("PROFILE_NOT_FOUND",)},
    ),
    Operation(
        method="put",
        path="/import-profiles/{name}",
        id="replaceProfile",
        tag="profiles",
        summary="Replace a profile",
        description="The body is the whole profile. Jobs keep the options that they froze.",
        parameters=(parameters.PROFILE_NAME, parameters.IF_MATCH),
        body=Body(("requests/replace-profile",)),
        answers=(Answer(200, "The profile was replaced.", "responses/profile-written"),),
        failures={
            BAD_REQUEST: ("INVALID_FIELDS",),
            NOT_FOUND: ("PROFILE_NOT_FOUND",),
            OTHER_REVISION: ("PROFILE_CHANGED", "UNKNOWN_ETAG"),
            CONFLICT: ("PROFILE_CHANGED", "PROFILE_HEADERS_TAKEN"),
        },
    ),
    Operation(
        method="delete",
        path="/import-profiles/{name}",
        id="deleteProfile",
        tag="profiles",
        summary="Delete a profile",
        description="Jobs keep the options that they froze.",
        parameters=(parameters.PROFILE_NAME, parameters.IF_MATCH),
        answers=(Answer(200, "The profile was deleted.", "responses/message"),),
        failures={
            NOT_FOUND: ("PROFILE_NOT_FOUND",),
            OTHER_REVISION: ("PROFILE_CHANGED", "UNKNOWN_ETAG"),
        },
    ),
)
