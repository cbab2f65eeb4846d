"""By which profile a file is read, and with which options."""

from typing import Any

import pytest
from pymongo.database import Database

from core.actors import ANONYMOUS
from core.attributes.definitions import AttributeType
from core.attributes.repository import AttributeRepository
from core.attributes.requests import AttributeDraft
from core.errors import Conflict, FileRefused, InvalidRequest, NotFound
from core.file_format import (
    ChosenBy,
    MappingRule,
    Reading,
    ReadingOptions,
    StepKind,
    UsedProfile,
    ValueStep,
)
from core.imports.reading_options import ReadingRequest
from core.profiles.choosing import Profiles, reading_of_request
from core.profiles.model import ProfileDraft
from core.profiles.repository import ProfileRepository
from tests.unit.jobs.job_setting import START

TO_NAME = MappingRule(headers=("Artikel",), attribute="Name")
NORDIC = ReadingOptions(delimiter=";", locale="auto", mapping=(TO_NAME,))

_Database = Database[dict[str, Any]]


@pytest.fixture
def nordic(database: _Database) -> _Database:
    """A database with one attribute, and one profile that fits it."""
    name = AttributeDraft(name="Name", type=AttributeType.SHORT_TEXT)
    AttributeRepository(database).add(name, ANONYMOUS, START)
    draft = ProfileDraft(name="nordic", options=NORDIC)
    ProfileRepository(database).add(draft, ANONYMOUS, START)
    return database


def test_a_call_that_says_nothing_chooses_nothing(database: _Database) -> None:
    assert reading_of_request(database, ReadingRequest()) is None


def test_options_alone_need_no_profile(database: _Database) -> None:
    options = ReadingOptions(sheet="Data")
    assert reading_of_request(database, ReadingRequest(options=options)) == Reading(options=options)


def test_options_beside_a_profile_replace_its_own_one_by_one(nordic: _Database) -> None:
    request = ReadingRequest(profile="nordic", options=ReadingOptions(delimiter="|"))

    reading = reading_of_request(nordic, request)

    assert reading is not None
    assert reading.profile == UsedProfile(name="nordic", revision=1, chosen_by=ChosenBy.NAME)
    assert reading.options == ReadingOptions(delimiter="|", locale="auto", mapping=(TO_NAME,))


def test_an_unknown_profile_is_not_found(nordic: _Database) -> None:
    with pytest.raises(NotFound) as missing:
        reading_of_request(nordic, ReadingRequest(profile="south"))
    assert missing.value.code == "PROFILE_NOT_FOUND"


def test_options_that_do_not_go_with_those_of_the_profile_are_refused(nordic: _Database) -> None:
    convert = ValueStep(attribute="Name", step=StepKind.CONVERT, unit="kg")
    profile = ProfileDraft(
        name="units", options=ReadingOptions(locale="auto", value_steps=(convert,))
    )
    ProfileRepository(nordic).add(profile, ANONYMOUS, START)
    strict = ReadingOptions(locale="strict")
    with pytest.raises(InvalidRequest) as refused:
        reading_of_request(nordic, ReadingRequest(profile="units", options=strict))
    assert [detail["field"] for detail in refused.value.details] == ["options.valueSteps[0]"]


def test_a_profile_of_an_attribute_that_went_is_outdated(nordic: _Database) -> None:
    nordic["attributes"].delete_many({})
    with pytest.raises(Conflict) as refused:
        reading_of_request(nordic, ReadingRequest(profile="nordic"))
    assert refused.value.code == "PROFILE_OUTDATED"
    fields = [detail["field"] for detail in refused.value.details]
    assert fields == ["options.mapping[0].attribute"]


@pytest.mark.parametrize("key", ["incoming/nordic/a.csv", "incoming/NORDIC/2026/a.csv"])
def test_a_key_chooses_the_profile_of_its_folder(nordic: _Database, key: str) -> None:
    reading = Profiles(nordic).of_key(key)

    assert reading is not None
    assert reading.options == NORDIC
    assert reading.profile == UsedProfile(name="nordic", revision=1, chosen_by=ChosenBy.KEY)


@pytest.mark.parametrize("key", ["incoming/a.csv", "user-uploads/nordic/a.csv", "incoming/nordic/"])
def test_other_keys_choose_nothing(nordic: _Database, key: str) -> None:
    assert Profiles(nordic).of_key(key) is None


def test_a_folder_of_nobody_is_refused_once_there_are_profiles(
    database: _Database,
) -> None:
    assert Profiles(database).of_key("incoming/south/a.csv") is None
    draft = ProfileDraft(name="nordic", options=NORDIC)
    ProfileRepository(database).add(draft, ANONYMOUS, START)
    with pytest.raises(FileRefused) as refused:
        Profiles(database).of_key("incoming/south/a.csv")
    assert refused.value.code == "PROFILE_NOT_FOUND"
    assert "“south”" in refused.value.message


def test_only_profiles_that_remember_headers_are_recognisable(nordic: _Database) -> None:
    headers = ProfileDraft(name="south", options=NORDIC, match_headers=("Nome",))
    ProfileRepository(nordic).add(headers, ANONYMOUS, START)

    (known,) = Profiles(nordic).recognisable()

    assert (known.name, known.revision, known.options) == ("south", 1, NORDIC)
    assert known.reading.profile == UsedProfile(
        name="south", revision=1, chosen_by=ChosenBy.HEADERS
    )
