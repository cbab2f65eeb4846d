"""`python -m infra.operations COMMAND`, which the Makefile calls; the commands are below.

Everything else comes from environment variables: `make help` names them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping

from rich.console import Console
from rich.markup import escape

from infra.errors import LauncherError
from infra.local.configuration import Configuration
from infra.operations import (
    exporting,
    mapping,
    profiles,
    proposing,
    queues,
    restarts,
    story,
    suggesting,
)
from infra.operations.console import open_console
from infra.operations.target import Target, target_of

PLAIN_WIDTH = 160
"""Columns of output to a file or a pipe, which has no width."""

COMMANDS: Mapping[str, Callable[[Target, Mapping[str, str], Console], int]] = {
    "jobs": restarts.list_jobs,
    "stop": restarts.stop,
    "approve": restarts.approve,
    "enrich": suggesting.enrich,
    "accept": suggesting.accept,
    "reprocess": restarts.reprocess,
    "export": exporting.export,
    "attributes": proposing.propose,
    "mapping": mapping.propose_mapping,
    "redrive-dlq": queues.redrive_dead_letters,
    "drain": queues.drain,
    "resume": queues.resume,
    "logs": story.tell,
    "profiles": profiles.list_profiles,
    "profile": profiles.save_profile,
    "console": open_console,
}


def main(arguments: list[str] | None = None, environment: Mapping[str, str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.operations", description=__doc__)
    parser.add_argument("command", choices=[*COMMANDS])
    name = parser.parse_args(arguments).command
    environment = os.environ if environment is None else environment
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    try:
        target = target_of(environment, Configuration.from_environment(environment))
        return COMMANDS[name](target, environment, console)
    except LauncherError as error:
        Console(stderr=True, highlight=False).print(f"[red]{escape(str(error))}[/]", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("Interrupted.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
