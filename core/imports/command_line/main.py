"""The command, from its arguments to its exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from core.imports.command_line.arguments import Proposing, read_arguments
from core.imports.command_line.progress import progress_bar
from core.imports.command_line.proposing import propose
from core.imports.command_line.reports import CLEAN, UNREADABLE, as_json, exit_code, summary
from core.imports.command_line.usage import UsageMistake, because, fitting, printable
from core.imports.command_line.validating import validate

INTERRUPTED = 130
HUNG_UP = 129
TERMINATED = 143


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, 1 or 2, as documented in `--help`; 130 when interrupted, 143 when terminated,
    129 when the terminal closes."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(TERMINATED))  # cleans up
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # it is ignored under nohup
        signal.signal(signal.SIGHUP, lambda _number, _frame: sys.exit(HUNG_UP))
    try:
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # ignored after `&` in a script
            signal.signal(signal.SIGINT, signal.default_int_handler)
        request = read_arguments(arguments)
        if isinstance(request, Proposing):
            _print(propose(request), f"The attributes are in {request.out}.")
            return CLEAN
        with progress_bar(printable(request.file.name), shown=_is_terminal(sys.stderr)) as report:
            validated = validate(request, report)
        lines = [as_json(request, validated)] if request.as_json else summary(request, validated)
        _print(lines, _location(request.out))
        return exit_code(request, validated)
    except UsageMistake as mistake:
        _print_error(printable(str(mistake)))
        return UNREADABLE
    except KeyboardInterrupt:
        _print_error("Interrupted.")
        return INTERRUPTED
    except SystemExit:
        raise
    except BaseException:  # a defect, or a library's panic; 1 would mean that the file has faults
        traceback.print_exc()
        return UNREADABLE


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()  # None: closed by the caller, e.g. `2>&-`


def _print_error(sentence: str) -> None:
    """Print to stderr if possible; otherwise only the exit code reports the error."""
    stream: TextIO | None = sys.stderr
    if stream is not None:  # otherwise `print` would use stdout
        with suppress(OSError):
            print(sentence, file=stream, flush=True)


def _print(lines: Iterable[str], location: str) -> None:
    """Print to stdout. A reader that stops early (`| head`) does not change the exit code. Raises
    UsageMistake if printing is impossible, so that a missing result is never read as success."""
    stream: TextIO | None = sys.stdout
    if stream is None:
        raise UsageMistake(f"The outcome cannot be printed: stdout is closed. {location}")
    try:
        for line in lines:
            print(
                fitting(line, stream.encoding or "utf-8", is_json=line.startswith("{")), file=stream
            )
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # Python flushes again at exit
        if not isinstance(error, BrokenPipeError):
            sentence = f"The outcome cannot be printed: {because(error)}. {location}"
            raise UsageMistake(sentence) from None


def _location(out: Path) -> str:
    return f"The result files are in {out}."
