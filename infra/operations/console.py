"""`make console`: stackport, a web page of PyPI, over the state machines of the local stack.

It runs in an environment of its own and listens on loopback only. `stackport serve` would listen on
every interface, so its application is served by uvicorn here.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from infra.errors import LauncherError
from infra.local.configuration import HOST, Configuration
from infra.local.running import running_stack
from infra.staging import ROOT

DEFAULT_PORT = 24080
SERVICES = "stepfunctions,lambda,logs,sqs,s3,cloudformation"


def open_console(environment: Mapping[str, str], console: Console) -> int:
    """Serve the page until Ctrl-C. Raises LauncherError when the stack or the page is not there."""
    stage = environment.get("STAGE", "")
    if stage not in ("", "local"):
        raise LauncherError(
            f"On AWS the console is Amazon's: Step Functions, product-portal-{stage}-product-…"
        )
    configuration = Configuration.from_environment(environment)
    running = running_stack(configuration)
    python = ROOT / ".venv-console" / "bin" / "python"
    if not python.exists():
        raise LauncherError("The console is not installed. `make console` installs and opens it.")
    port = environment.get("CONSOLE_PORT") or str(DEFAULT_PORT)
    console.print(f"State machines: {escape(address(port))}     End with Ctrl-C.")
    command = [str(python), "-m", "uvicorn", "backend.main:app", "--host", HOST, "--port", port]
    try:
        done = subprocess.run(
            [*command, "--log-level", "warning"],
            env=settings(os.environ, running.endpoint_url, running.region, configuration.state),
            check=False,
        )
    except KeyboardInterrupt:
        return 0
    return done.returncode


def address(port: str) -> str:
    return f"http://{HOST}:{port}/resources/stepfunctions"


def settings(
    environment: Mapping[str, str], endpoint_url: str, region: str, state: Path
) -> dict[str, str]:
    """The environment of the page: the local engine, without any AWS account."""
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return kept | {
        "STACKPORT_ENDPOINTS": f"local={endpoint_url}",
        "STACKPORT_DATA_DIR": str(state / "console"),
        "STACKPORT_SERVICES": SERVICES,
        "STACKPORT_LEARN": "false",
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
