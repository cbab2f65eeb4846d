"""`make profile` and `make profiles`, by what they ask of the API and what they print."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from infra.client.rest import ApiError, Rest
from infra.errors import LauncherError
from infra.operations.profiles import list_profiles, save_profile
from infra.operations.target import Target


class Api(Rest):
    def __init__(self, *stored: dict[str, Any]) -> None:
        super().__init__("http://nowhere.invalid")
        self.stored = {profile["_id"]: profile for profile in stored}
        self.written: list[tuple[str, str, Any]] = []

    def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        if method != "GET":
            self.written.append((method, path, body))
            return {"message": "Profile “a/b” was saved.", "profile": {"_id": body["name"]}}
        if "?" in path:
            pages = [list(self.stored.values())[:1], list(self.stored.values())[1:]]
            page = int(path.rpartition("=")[2])
            return {"data": pages[page - 1], "pagination": {"totalPages": 2}}
        if (name := path.rpartition("/")[2].replace("%2F", "/")) not in self.stored:
            raise ApiError(404, "PROFILE_NOT_FOUND", "There is none.", [])
        return {"profile": self.stored[name]}


def profile(name: str, revision: int) -> dict[str, Any]:
    when = "2026-03-01T10:00:00.000+00:00"
    return {"_id": name, "revision": revision, "updatedAt": when, "updatedBy": "anna"}


def target_of(api: Api) -> Target:
    return Target("portal", api, "queue", "dead", lambda service: None)


def printed(api: Api, command: Any = save_profile, **environment: str) -> str:
    console = Console(file=io.StringIO(), width=120)
    assert command(target_of(api), environment, console) == 0
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "profile.json"
    path.write_text('{"name": "a/b", "options": {"delimiter": ";"}}')
    return path


def test_a_new_profile_is_created(file: Path) -> None:
    api = Api(profile("other", 1))

    assert "make import FILE=… PROFILE=a/b" in printed(api, FILE=str(file))
    body = {"name": "a/b", "options": {"delimiter": ";"}}
    assert api.written == [("POST", "/import-profiles", body)]


def test_one_that_exists_is_replaced_at_its_revision(file: Path) -> None:
    api = Api(profile("a/b", 7))

    printed(api, FILE=str(file))
    body = {"name": "a/b", "options": {"delimiter": ";"}, "revision": 7}
    assert api.written == [("PUT", "/import-profiles/a%2Fb", body)]


@pytest.mark.parametrize("content", ["[]", "{", '{"options": {}}', None])
def test_a_file_that_is_no_profile_is_said(content: str | None, tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    if content is not None:
        path.write_text(content)
    api = Api()

    with pytest.raises(LauncherError, match=r"profile\.json"):
        save_profile(target_of(api), {"FILE": str(path)}, Console(quiet=True))
    assert api.written == []


def test_every_page_is_listed() -> None:
    shown = printed(Api(profile("nordic", 1), profile("south", 2)), list_profiles)

    assert "nordic" in shown
    assert "south" in shown


def test_an_empty_list_says_how_to_save_one() -> None:
    assert "make profile FILE=…" in printed(Api(), list_profiles)
