"""Checks an access token, for the functions of the REST API.

A separate function: those of the API may be in a VPC that cannot reach the issuer, and the packages
of some leave no room for the cryptography. It has neither database nor files. Its event is never
logged: it holds the token.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from core.errors import Unauthenticated
from handlers import environment

logger = Logger(service="verify-token")


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """`{"token"}` → `{"caller"}`, or `{"refusal": {"code", "message"}}`."""
    try:
        caller = environment.token_verifier().caller_of(event["token"])
    except Unauthenticated as error:
        logger.info("refused", code=error.code)
        return {"refusal": {"code": error.code, "message": error.message}}
    return {"caller": msgspec.to_builtins(caller)}
