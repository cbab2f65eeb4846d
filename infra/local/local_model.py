"""A language model on this machine: a process of its own, in an environment of its own.

`ENRICHMENT_PROVIDER=local` makes the functions ask it as they would ask any server that speaks the
OpenAI protocol.
"""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from infra.errors import LauncherError
from infra.local.processes import Daemon
from infra.staging import ROOT

MODEL = "model"
"""Name of the process."""
PROVIDER = "local"
SET_BY_A_LOCAL_MODEL = ("ENRICHMENT_PROVIDER", "ENRICHMENT_MODEL", "OPENAI_BASE_URL")
DEFAULT_PORT = 24090
BUNDLED_NAME = "gemma-3-270m"
PYTHON = ROOT / ".venv-model" / "bin" / "python"
SCRIPT = Path(__file__).with_name("serve_model.py")

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class LocalModel:
    port: int
    path: Path | None
    """A GGUF file of the user's; None for the model that is installed."""

    @property
    def name(self) -> str:
        return BUNDLED_NAME if self.path is None else self.path.stem

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def command(self) -> list[str]:
        own = [] if self.path is None else ["--model", str(self.path)]
        return [str(PYTHON), str(SCRIPT), "--port", str(self.port), *own]

    def parameters(self) -> dict[str, str]:
        """What the template gets. It answers one request at a time, and slowly: without a graphics
        card a product takes seconds."""
        return {
            "EnrichmentProvider": "openai",
            "EnrichmentModel": self.name,
            "OpenaiBaseUrl": self.base_url,
            "EnrichmentTimeoutSeconds": "60",
            "EnrichmentCallsInFlight": "1",
            "EnrichMaxConcurrency": "1",
        }


def read_local_model(source: Mapping[str, str]) -> LocalModel | None:
    """As ENRICHMENT_PROVIDER or MODEL, LOCAL_MODEL and MODEL_PORT ask. Raises LauncherError."""
    requested = {source.get(name, "").strip() for name in ("ENRICHMENT_PROVIDER", "MODEL")}
    if PROVIDER not in requested:
        return None
    port = source.get("MODEL_PORT", "").strip() or str(DEFAULT_PORT)
    if not port.isascii() or not port.isdigit() or not 0 < int(port) <= 65535:
        raise LauncherError(f"MODEL_PORT must be a port number from 1 to 65535, not {port!r}.")
    own = source.get("LOCAL_MODEL", "").strip()
    path = Path(own).expanduser().absolute() if own else None
    if path is not None and not path.is_file():
        raise LauncherError(f"LOCAL_MODEL names no file: {path}")
    return LocalModel(port=int(port), path=path)


def serve(
    model: LocalModel,
    state: Path,
    environment: Mapping[str, str],
    wait: Callable[[Daemon, Callable[[], bool], str], None],
) -> str:
    """Start the process, unless it serves this model already; what it says of its licence. Raises
    LauncherError when it is not installed, or does not start."""
    if not PYTHON.exists():
        raise LauncherError(
            "The local model is not installed. It takes 300 MB: sh infra/bootstrap.sh model "
            ".venv-model   (`make up ENRICHMENT_PROVIDER=local` does it)"
        )
    daemon, served = Daemon(MODEL, state), state / f"{MODEL}.served"
    wanted = " ".join(model.command)
    if daemon.pid() is None or not served.exists() or served.read_text() != wanted:
        daemon.stop()
        daemon.start(model.command, environment)
        served.write_text(wanted)
    wait(daemon, lambda: is_well(model), model.base_url)
    return next(
        (line for line in daemon.log_tail(10_000).splitlines() if "Terms of Use" in line),
        "Its licence is that of the file's author.",
    )


def is_well(model: LocalModel) -> bool:
    """It has loaded the model, and answers."""
    try:
        with _direct.open(f"{model.base_url}/models", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
