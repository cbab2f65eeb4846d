"""A model on this machine: what the launcher reads, and what the functions get."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from infra.errors import LauncherError
from infra.local import local_model
from infra.local.configuration import Configuration
from infra.local.local_model import LocalModel, read_local_model


@pytest.mark.parametrize("name", ["ENRICHMENT_PROVIDER", "MODEL"])
def test_the_functions_ask_it_as_any_server_of_the_protocol(name: str) -> None:
    configuration = Configuration.from_environment(
        {
            name: "local",
            "OPENAI_BASE_URL": "https://elsewhere.example.test",
            "OPENAI_API_KEY": "of another program",
            "ENRICHMENT_TIMEOUT_SECONDS": "90",
        }
    )
    parameters = configuration.parameters
    assert configuration.local_model == LocalModel(port=24090, path=None)
    assert configuration.model_key is None
    assert parameters["EnrichmentProvider"] == "openai"
    assert parameters["OpenaiBaseUrl"] == "http://127.0.0.1:24090/v1"
    assert parameters["EnrichmentModel"] == "gemma-3-270m"
    assert parameters["EnrichmentTimeoutSeconds"] == "90"


def test_without_it_nothing_is_served() -> None:
    configuration = Configuration.from_environment({"MODEL_PORT": "nonsense"})
    assert configuration.local_model is None
    assert configuration.parameters["EnrichmentProvider"] == "offline"


def test_a_file_of_the_users_gives_the_model_its_name(tmp_path: Path) -> None:
    file = tmp_path / "better-7b.gguf"
    file.touch()
    model = read_local_model({"MODEL": "local", "LOCAL_MODEL": str(file), "MODEL_PORT": "24091"})
    assert model is not None
    assert (model.name, model.port) == ("better-7b", 24091)
    assert model.command[-2:] == ["--model", str(file)]


@pytest.mark.parametrize(
    ("variable", "value"), [("MODEL_PORT", "0"), ("MODEL_PORT", "x"), ("LOCAL_MODEL", "/no/file")]
)
def test_a_setting_that_cannot_be_is_named(variable: str, value: str) -> None:
    with pytest.raises(LauncherError, match=variable):
        read_local_model({"MODEL": "local", variable: value})


def test_without_its_environment_the_command_that_makes_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_model, "PYTHON", tmp_path / "python")
    model = LocalModel(port=24090, path=None)
    with pytest.raises(LauncherError, match="bootstrap"):
        local_model.serve(model, tmp_path, {}, lambda *_: None)


def test_a_file_that_is_no_model_is_refused_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.gguf"
    file.write_text("hello")
    command = [sys.executable, str(local_model.SCRIPT), "--port", "24090", "--model", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, "is not a GGUF file" in done.stderr) == (1, True)


def test_a_process_that_serves_another_model_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    daemon = SimpleNamespace(
        pid=lambda: 7,
        stop=lambda: calls.append("stop"),
        start=lambda command, _environment: calls.append(f"start {command[3]}"),
        log_tail=lambda _lines: "Terms of Use: here",
    )
    monkeypatch.setattr(local_model, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(local_model, "Daemon", lambda _name, _state: daemon)
    for port in (24090, 24090, 24091):
        licence = local_model.serve(LocalModel(port, None), tmp_path, {}, lambda *_: None)
        assert licence == "Terms of Use: here"
    assert calls == ["stop", "start 24090", "stop", "start 24091"]
