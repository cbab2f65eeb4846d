"""The stored profiles: unique indexes and revisions settle every race."""

from typing import Any

import pytest
from pymongo.database import Database

from core.actors import ANONYMOUS, Actor
from core.errors import Conflict, NotFound, PreconditionFailed
from core.file_format import ReadingOptions
from core.imports.recognition import fingerprint_of
from core.profiles.model import ProfileDraft
from core.profiles.repository import ProfileRepository
from tests.unit.jobs.job_setting import START, after

HEADERS = ("Artikel", "Preis")


@pytest.fixture
def profiles(database: Database[dict[str, Any]]) -> ProfileRepository:
    return ProfileRepository(database)


def draft(name: str = "nordic", *headers: str, **options: Any) -> ProfileDraft:
    return ProfileDraft(name=name, options=ReadingOptions(**options), match_headers=headers)


def test_a_profile_is_found_as_it_was_saved(profiles: ProfileRepository) -> None:
    assert profiles.is_empty()

    saved = profiles.add(draft("nordic", *HEADERS, delimiter=";"), ANONYMOUS, START)

    assert profiles.get("nordic") == saved
    assert (saved.revision, saved.created_at, saved.created_by) == (1, START, "anonymous")
    assert saved.fingerprint == fingerprint_of(HEADERS)
    assert not profiles.is_empty()


def test_a_name_is_taken_once(profiles: ProfileRepository) -> None:
    profiles.add(draft(), ANONYMOUS, START)
    with pytest.raises(Conflict) as refused:
        profiles.add(draft(delimiter=";"), ANONYMOUS, START)
    assert refused.value.code == "PROFILE_EXISTS"
    assert profiles.get("nordic").options.delimiter is None


def test_headers_are_remembered_by_one_profile_only(profiles: ProfileRepository) -> None:
    profiles.add(draft("nordic", *HEADERS), ANONYMOUS, START)
    profiles.add(draft("without"), ANONYMOUS, START)
    profiles.add(draft("too"), ANONYMOUS, START)  # profiles without headers never collide

    with pytest.raises(Conflict) as refused:
        profiles.add(draft("other", "Preis", " Artikel"), ANONYMOUS, START)
    assert refused.value.code == "PROFILE_HEADERS_TAKEN"
    assert "“nordic”" in refused.value.message
    with pytest.raises(Conflict) as refused:
        profiles.replace(draft("without", *HEADERS), 1, ANONYMOUS, START)
    assert refused.value.code == "PROFILE_HEADERS_TAKEN"


def test_a_replacement_counts_the_revision_and_forgets_what_it_leaves_out(
    profiles: ProfileRepository,
) -> None:
    first = profiles.add(draft("nordic", *HEADERS, delimiter=";"), ANONYMOUS, START)

    before, now = profiles.replace(draft(sheet="Data"), 1, Actor("ann"), after(hours=1))

    assert before == first
    assert now == profiles.get("nordic")
    assert (now.revision, now.updated_at, now.updated_by) == (2, after(hours=1), "ann")
    assert (now.created_at, now.created_by) == (START, "anonymous")
    assert now.options == ReadingOptions(sheet="Data")
    assert (now.match_headers, now.fingerprint, profiles.recognisable()) == ((), None, [])


def test_only_the_present_revision_is_replaced_or_deleted(profiles: ProfileRepository) -> None:
    profiles.add(draft(), ANONYMOUS, START)
    profiles.replace(draft(delimiter=";"), 1, ANONYMOUS, START)

    with pytest.raises(Conflict) as stale:
        profiles.replace(draft(delimiter="|"), 1, ANONYMOUS, START)
    assert stale.value.code == "PROFILE_CHANGED"
    with pytest.raises(PreconditionFailed):
        profiles.remove("nordic", 1)
    assert profiles.get("nordic").options.delimiter == ";"
    assert profiles.remove("nordic", 2).revision == 2
    assert profiles.is_empty()


def test_what_does_not_exist_is_not_found(profiles: ProfileRepository) -> None:
    for call in (
        lambda: profiles.get("nordic"),
        lambda: profiles.replace(draft(), 1, ANONYMOUS, START),
        lambda: profiles.remove("nordic", None),
    ):
        with pytest.raises(NotFound) as missing:
            call()
        assert missing.value.code == "PROFILE_NOT_FOUND"


def test_profiles_are_paged_in_the_order_of_their_names(profiles: ProfileRepository) -> None:
    for name in ("c", "a", "b"):
        profiles.add(draft(name, name), ANONYMOUS, START)

    page, total = profiles.page(1, 1)
    assert ([profile.name for profile in page], total) == (["b"], 3)
    assert [profile.name for profile in profiles.recognisable()] == ["a", "b", "c"]
