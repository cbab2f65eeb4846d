"""Import profiles: list them, and save one from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from infra.client.rest import ApiError
from infra.errors import LauncherError
from infra.operations.target import Target


def list_profiles(target: Target, environment: Mapping[str, str], console: Console) -> int:
    table = Table(box=None, pad_edge=False)
    for heading in ("profile", "revision", "changed", "by", "found by headers"):
        table.add_column(heading)
    number, last = 1, 1
    while number <= last:
        answer = target.rest.call("GET", f"/import-profiles?limit=100&page={number}")
        for profile in answer["data"]:
            table.add_row(
                Text(profile["_id"]),
                str(profile["revision"]),
                profile["updatedAt"][:19].replace("T", " "),
                Text(profile["updatedBy"]),
                "yes" if profile.get("matchHeaders") else "no",
            )
        number, last = number + 1, answer["pagination"]["totalPages"]
    if table.row_count:
        console.print(table)
    else:
        console.print(f"There is no profile. Save one: make profile FILE=…{target.suffix}")
    return 0


def save_profile(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Create the profile that FILE describes, or replace the one of its name."""
    profile = _read(environment.get("FILE", "").strip())
    path = f"/import-profiles/{quote(str(profile.get('name', '')), safe='')}"
    try:
        revision = target.rest.call("GET", path)["profile"]["revision"]
    except ApiError as error:
        if error.status != 404:
            raise
        answer = target.rest.call("POST", "/import-profiles", profile)
    else:
        answer = target.rest.call("PUT", path, {**profile, "revision": revision})
    console.print(escape(answer["message"]))
    name = answer["profile"]["_id"]
    if not target.suffix:
        console.print(f"[dim]Import by it: make import FILE=… PROFILE={escape(name)}[/]")
    return 0


def _read(name: str) -> dict[str, Any]:
    if not name:
        raise LauncherError("Name the file of the profile: make profile FILE=profile.json")
    file = Path(name).expanduser()
    try:
        profile = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise LauncherError(f"The profile {file} cannot be read: {error}.") from None
    if not isinstance(profile, dict) or not profile.get("name"):
        raise LauncherError(f"{file} must hold a JSON object with “name” and “options”.")
    return profile
