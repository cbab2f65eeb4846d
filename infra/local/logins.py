"""People who can sign in to a local stack with LOGIN=true: two for each role, in its user pool.

Their passwords are generated for each stack, and stored in a file that only its owner can read.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from core.identity.callers import Role
from infra.client.rest import Rest
from infra.errors import LauncherError
from infra.local.deployment import client, login_outputs
from infra.local.running import Stack

USERS_PER_ROLE = 2


def create_users(port: int, file: Path) -> None:
    """Create those that are not there, and give all of them new passwords."""
    cognito = client("cognito-idp", port)
    pool = login_outputs(port).user_pool_id
    passwords: dict[str, str] = {}
    for role in Role:
        for number in range(1, USERS_PER_ROLE + 1):
            name = user_name(role, number)
            passwords[name] = f"{secrets.token_urlsafe(18)}-aA1"
            with contextlib.suppress(cognito.exceptions.UsernameExistsException):
                cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
            cognito.admin_set_user_password(
                UserPoolId=pool, Username=name, Password=passwords[name], Permanent=True
            )
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=role.value)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as written:
        json.dump(passwords, written, indent=2)


def admin_rest(running: Stack, users_file: Path) -> Rest:
    """The API as an administrator calls it. Raises LauncherError."""
    if not running.login:
        return Rest(running.api_url)
    return Rest(running.api_url, user_token(running.aws_port, users_file, "admin"))


def user_name(role: Role, number: int) -> str:
    return f"{role.value}-{number}"


def user_token(port: int, file: Path, role: str, number: int = 1) -> str:
    """An access token of one of the users. Raises LauncherError."""
    known = [known.value for known in Role]
    if role not in known:
        raise LauncherError(f"ROLE must be one of {', '.join(known)}, not {role!r}.")
    name = user_name(Role(role), number)
    try:
        password = json.loads(file.read_text(encoding="utf-8"))[name]
        signed_in = client("cognito-idp", port).initiate_auth(
            ClientId=login_outputs(port).portal_client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": password},
        )
    except (OSError, KeyError) as error:
        raise LauncherError(f"There is no user {name}; `make up LOGIN=true` makes them.") from error
    except (ClientError, BotoCoreError) as error:
        raise LauncherError(f"{name} cannot sign in: {error}") from error
    token: str = signed_in["AuthenticationResult"]["AccessToken"]
    return token
