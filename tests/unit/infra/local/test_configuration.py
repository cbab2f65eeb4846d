"""What the user may tell the launcher, and what it says when that cannot be."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from infra.errors import LauncherError
from infra.local.__main__ import reading_options
from infra.local.configuration import TEMPLATE_PARAMETERS, Configuration, Port
from infra.local.engines import choose_port, clean_environment, is_free
from infra.local.parameters import changes, with_defaults


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_without_settings_the_embedded_database_and_the_default_ports_are_used() -> None:
    configuration = Configuration.from_environment({})

    assert configuration.mongodb_uri is None
    assert not configuration.aws_port.named
    assert configuration.state.name == ".local"


def test_settings_become_parameters_of_the_template() -> None:
    configuration = Configuration.from_environment(
        {"CHUNK_TARGET_BYTES": "4096", "INLINE_MAX_CONCURRENCY": "", "MONGODB_URI": "mongodb://db"}
    )

    assert configuration.parameters["ChunkTargetBytes"] == "4096"
    assert configuration.parameters["InlineMaxConcurrency"] == "4"
    assert configuration.mongodb_uri == "mongodb://db"


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("ENRICHMENT_PROVIDER", "opnai", "one of offline, openai, bedrock, not 'opnai'"),
        ("ENRICH_MAX_CONCURRENCY", "0", "a number from 1 to 40, not '0'"),
        ("ENRICHMENT_CALLS_IN_FLIGHT", "many", "a number from 1 to 100, not 'many'"),
        ("ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS", "nan", "a number from 0, not 'nan'"),
    ],
)
def test_a_value_that_the_template_refuses_is_refused_before_anything_is_touched(
    variable: str, value: str, words: str
) -> None:
    with pytest.raises(LauncherError, match=re.escape(f"{variable} must be {words}")):
        Configuration.from_environment({variable: value})


def test_a_setting_that_is_not_named_any_more_has_its_default_again_and_that_is_said() -> None:
    former = with_defaults({"MaxColumns": "3", "MongodbUri": "mongodb://db"})
    now = with_defaults({"EnrichmentModel": "small"})

    assert now["MaxColumns"] == with_defaults({})["MaxColumns"] == str(Settings().max_columns)
    assert changes(former, now, TEMPLATE_PARAMETERS) == [
        "ENRICHMENT_MODEL is small now, no longer empty.",
        f"MAX_COLUMNS is {Settings().max_columns} now, no longer 3.",
    ]


def test_what_the_template_allows_is_taken() -> None:
    given = {"ENRICHMENT_PROVIDER": "openai", "ENRICHMENT_INPUT_USD_PER_MILLION_TOKENS": "0.15"}

    assert Configuration.from_environment(given).parameters["EnrichmentProvider"] == "openai"


@pytest.mark.parametrize(("reported", "enforced"), [("true", True), ("false", False), ("", False)])
def test_the_roles_of_functions_are_enforced_when_asked_for(reported: str, enforced: bool) -> None:
    assert Configuration.from_environment({"AUTH": reported}).auth is enforced


@pytest.mark.parametrize(("reported", "kept"), [("true", True), ("false", False), ("", False)])
def test_files_and_results_are_kept_when_asked_for(reported: str, kept: bool) -> None:
    assert Configuration.from_environment({"KEEP": reported}).keep is kept


def test_a_switch_that_is_neither_on_nor_off_is_refused_by_its_name() -> None:
    with pytest.raises(LauncherError, match="AUTH must be true or false, not 'yes'"):
        Configuration.from_environment({"AUTH": "yes"})


@pytest.mark.parametrize("text", ["abc", "-1", "70000", "²"])
def test_a_port_that_is_none_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(LauncherError, match="MONGODB_PORT"):
        Configuration.from_environment({"MONGODB_PORT": text})


def test_a_taken_port_that_the_user_named_is_an_error_that_names_it(taken_port: int) -> None:
    with pytest.raises(LauncherError, match=f"AWS_PORT={taken_port}"):
        choose_port(Port("AWS_PORT", taken_port, named=True))


def test_a_taken_default_port_gives_way_to_a_free_one(taken_port: int) -> None:
    chosen = choose_port(Port("AWS_PORT", taken_port, named=False))

    assert chosen != taken_port
    assert is_free(chosen)


def test_the_engines_see_neither_credentials_nor_endpoints_nor_proxies_of_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (
        "AWS_PROFILE",
        "AWS_ENDPOINT_URL",
        "AWS_SESSION_TOKEN",
        "HTTP_PROXY",
        "PYTHONPATH",
    ):
        monkeypatch.setenv(name, "of the user")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the user")

    environment = clean_environment(tmp_path)

    assert "of the user" not in environment.values()
    assert environment["AWS_CONFIG_FILE"] == os.devnull


def test_reading_options_are_left_out_or_named_as_in_the_contract() -> None:
    options = reading_options({"DELIMITER": "tab", "HEADER_ROW": "3", "SHEET": "", "OTHER": "x"})

    assert options == {"delimiter": "\t", "headerRow": 3, "headers": "loose", "locale": "auto"}


def test_a_header_row_that_is_no_number_is_refused_by_its_name() -> None:
    with pytest.raises(LauncherError, match="HEADER_ROW"):
        reading_options({"HEADER_ROW": "first"})


def test_what_becomes_of_faults_can_be_told_too() -> None:
    options = reading_options({"ON_FAULT": "skip_value", "MAX_FAULTY_PERCENT": "2.5"})
    assert options == {
        "onFault": "skip_value",
        "maxFaultyRowsPercent": 2.5,
        "headers": "loose",
        "locale": "auto",
    }


def test_options_may_come_from_a_file_and_single_ones_go_before_it(tmp_path: Path) -> None:
    file = tmp_path / "options.json"
    file.write_text('{"mapping": [{"headers": ["x"]}], "headers": "exact", "sheet": "A"}')

    options = reading_options({"OPTIONS": str(file), "SHEET": "B", "LOCALE": "strict"})

    mapping = [{"headers": ["x"]}]
    assert options == {"mapping": mapping, "headers": "exact", "sheet": "B", "locale": "strict"}


def test_beside_a_profile_only_what_is_given_is_sent() -> None:
    assert reading_options({"PROFILE": "nordic"}) == {}
    assert reading_options({"PROFILE": "nordic", "LOCALE": "strict"}) == {"locale": "strict"}


@pytest.mark.parametrize("content", ["[]", "{", None])
def test_a_file_of_options_that_is_none_is_refused(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "options.json"
    if content is not None:
        file.write_text(content)

    with pytest.raises(LauncherError, match=r"options\.json"):
        reading_options({"OPTIONS": str(file)})


@pytest.mark.parametrize("percent", ["some", "-1", "101", "nan"])
def test_an_impossible_share_of_faulty_rows_is_refused(percent: str) -> None:
    with pytest.raises(LauncherError, match="MAX_FAULTY_PERCENT"):
        reading_options({"MAX_FAULTY_PERCENT": percent})


def test_a_models_key_is_taken_only_for_its_provider_and_shown_to_nobody() -> None:
    given = {"OPENAI_API_KEY": "sk-secret", "ENRICHMENT_PROVIDER": "openai"}

    configuration = Configuration.from_environment(given)
    by_default = Configuration.from_environment({"OPENAI_API_KEY": "sk-secret"})

    assert configuration.model_key == "sk-secret"
    assert by_default.model_key is None, "many shells export one for other programs"
    assert "sk-secret" not in repr(configuration)
    assert "sk-secret" not in str(configuration.parameters)


def test_without_a_provider_named_a_stack_goes_back_to_the_one_without_model() -> None:
    assert Configuration.from_environment({}).parameters["EnrichmentProvider"] == "offline"
