"""`python -m infra.local up|down|status|import|demo|logs`, which the Makefile calls."""

from __future__ import annotations

import argparse
import os
import sys

from infra.local import stack
from infra.local.configuration import Configuration
from infra.local.errors import LauncherError


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    command = parser.parse_args().command
    # The engines and their functions are here, whatever proxy the environment names.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    try:
        return COMMANDS[command](Configuration.from_environment())
    except LauncherError as error:
        print(f"\n{error}" if sys.stderr.isatty() else str(error), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130


def _up(configuration: Configuration) -> int:
    running = stack.up(configuration, print)
    print(running.api_url)
    return 0


def _down(configuration: Configuration) -> int:
    if not stack.down(configuration, print):
        print("Nothing ran.")
    return 0


COMMANDS = {"up": _up, "down": _down}

if __name__ == "__main__":
    sys.exit(main())
