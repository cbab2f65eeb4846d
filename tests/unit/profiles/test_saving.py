"""What is changed about profiles is written to the audit."""

from typing import Any

import pytest
from pymongo.database import Database

from core.actors import Actor
from core.errors import InvalidRequest, PreconditionFailed
from core.profiles.saving import create_profile, delete_profile, list_profiles, replace_profile
from tests.unit.jobs.job_setting import START, after

ANN = Actor("ann")
_Database = Database[dict[str, Any]]


def audited(database: _Database) -> list[str]:
    return [entry["action"] for entry in database["audit"].find().sort("_id", 1)]


def test_each_change_is_noted_with_what_was_before_and_after(database: _Database) -> None:
    create_profile(database, {"name": "nordic", "options": {"delimiter": ";"}}, ANN, START)
    body = {"options": {"delimiter": "|"}, "revision": 1}
    replace_profile(database, "nordic", body, None, ANN, after(hours=1))
    delete_profile(database, "nordic", 2, ANN, after(hours=2))

    assert audited(database) == ["profile.created", "profile.changed", "profile.deleted"]
    changed = database["audit"].find_one({"action": "profile.changed"}) or {}
    assert changed["before"]["options"]["delimiter"] == ";"
    assert changed["after"]["options"]["delimiter"] == "|"


def test_a_change_that_is_refused_leaves_no_note(database: _Database) -> None:
    create_profile(database, {"name": "nordic"}, ANN, START)

    with pytest.raises(InvalidRequest):
        create_profile(database, {"name": "Not a name!"}, ANN, START)
    with pytest.raises(PreconditionFailed) as stale:
        replace_profile(database, "nordic", {"options": {}}, 7, ANN, START)
    with pytest.raises(PreconditionFailed):
        delete_profile(database, "nordic", 7, ANN, START)

    assert stale.value.code == "PROFILE_CHANGED"
    assert audited(database) == ["profile.created"]


def test_profiles_are_listed_as_they_are_shown(database: _Database) -> None:
    for name in ("south", "nordic"):
        create_profile(database, {"name": name, "matchHeaders": [name]}, ANN, START)

    answer = list_profiles(database, {"limit": "1"})

    (shown,) = answer["data"]
    assert (shown["_id"], shown["revision"], shown["createdBy"]) == ("nordic", 1, "ann")
    assert shown["options"] == {"headers": "loose", "locale": "auto"}
    assert shown["matchHeaders"] == ["nordic"]
    assert answer["pagination"]["totalItems"] == 2
    with pytest.raises(InvalidRequest) as refused:
        list_profiles(database, {"sort": "name"})
    assert refused.value.code == "INVALID_QUERY"
