"""A custom resource of CloudFormation: creates the database's indexes during a deployment.

Safe to repeat. An index of a large catalogue may take longer than one call: then the function calls
itself and goes on, for `MAX_CALLS` calls. CloudFormation is answered on every path, since it would
otherwise wait for an hour; if that fails, Lambda repeats the call.

Event: that of a custom resource, and `Call` in the calls of our own.
"""

from __future__ import annotations

import json
from typing import Any

import urllib3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext
from pymongo.errors import NetworkTimeout, OperationFailure, PyMongoError

from core.attributes.repository import AttributeRepository
from core.database import ensure_indexes
from core.products.indexes import sync_indexes
from handlers import environment

logger = Logger()

PHYSICAL_ID = "database-indexes"
"""Always the same: another one would make CloudFormation delete the former."""
MAX_CALLS = 4
"""Of up to 15 minutes: an hour, which is `ServiceTimeout` in the template."""
SECONDS_TO_ANSWER = 60
"""Of a call, kept for the answer."""
REASON_CHARACTERS = 900
"""CloudFormation takes an answer of 4,096 bytes."""

_EXCEEDED_TIME = 50


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    call = int(event.get("Call", 1))
    if event["RequestType"] == "Delete":
        return _answer(event, "SUCCESS", "The indexes stay with the data.")
    try:
        count = _create_or_go_on(event, context, call)
    except Exception as error:  # whatever it is, CloudFormation waits for an answer
        logger.exception("The indexes were not created")
        return _answer(event, "FAILED", f"{type(error).__name__}: {error}")
    if count is None:
        return {"status": "GOES_ON", "call": call}
    return _answer(event, "SUCCESS", f"{count} indexes")


def _create_or_go_on(event: dict[str, Any], context: LambdaContext, call: int) -> int | None:
    """How many indexes there are; None when the next call goes on."""
    try:
        return _create(context)
    except PyMongoError as error:
        if not _needs_more_time(error) or call >= MAX_CALLS:
            raise
    logger.info("The database is still building an index", extra={"call": call})
    environment.index_function().go_on({**event, "Call": call + 1})
    return None


def _create(context: LambdaContext) -> int:
    seconds = context.get_remaining_time_in_millis() / 1000 - SECONDS_TO_ANSWER
    database = environment.patient_database(round(max(seconds, 1) * 1000))
    try:
        names = ensure_indexes(database)
        changes = sync_indexes(database, AttributeRepository(database).all())
    finally:
        database.client.close()
    return len(names) + len(changes.created)


def _needs_more_time(error: Exception) -> bool:
    return isinstance(error, NetworkTimeout) or (
        isinstance(error, OperationFailure) and error.code == _EXCEEDED_TIME
    )


def _answer(event: dict[str, Any], status: str, reason: str) -> dict[str, Any]:
    """Put the answer where CloudFormation looks for it. Raises HTTPError or
    ConnectionError, so that Lambda repeats the call, which finds the indexes there."""
    body = {
        "Status": status,
        "Reason": reason[:REASON_CHARACTERS],
        "PhysicalResourceId": event.get("PhysicalResourceId", PHYSICAL_ID),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
    }
    response = urllib3.request(
        "PUT",
        event["ResponseURL"],
        body=json.dumps(body).encode(),
        headers={"Content-Type": ""},  # the address is signed for none
        timeout=20,
        retries=False,
    )
    if response.status >= 300:
        raise ConnectionError(f"CloudFormation's address answered {response.status}")
    return {"status": status, "reason": reason}
