"""The command from its arguments to its exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterable

from core.imports.command_line.arguments import read_arguments
from core.imports.command_line.mistakes import UsageMistake
from core.imports.command_line.progress import progress_bar
from core.imports.command_line.reports import UNREADABLE, as_json, exit_code, summary
from core.imports.command_line.validating import validate

INTERRUPTED = 130
TERMINATED = 143


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, 1 or 2, as `--help` says; 130 when interrupted."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(TERMINATED))  # cleans up
    try:
        asked = read_arguments(arguments)
        with progress_bar(asked.file.name, shown=sys.stderr.isatty()) as report:
            validated = validate(asked, report)
        _say([as_json(asked, validated)] if asked.as_json else summary(asked, validated))
        return exit_code(asked, validated)
    except UsageMistake as mistake:
        print(mistake, file=sys.stderr)
        return UNREADABLE
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except Exception:  # a defect of ours; 1 would say that the file has faults
        traceback.print_exc()
        return UNREADABLE


def _say(lines: Iterable[str]) -> None:
    """Print; a reader that has seen enough (`| head`) changes nothing of the exit code."""
    try:
        for line in lines:
            print(line)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
