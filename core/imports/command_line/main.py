"""The command from its arguments to its exit code."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from core.imports.command_line.arguments import Validation, read_arguments
from core.imports.command_line.progress import progress_bar
from core.imports.command_line.reports import UNREADABLE, as_json, exit_code, summary
from core.imports.command_line.usage import UsageMistake, because, fitting, printable
from core.imports.command_line.validating import validate

INTERRUPTED = 130
HUNG_UP = 129
TERMINATED = 143


def main(arguments: list[str] | None = None) -> int:
    """Exit code 0, 1 or 2, as `--help` says; 130 when interrupted, 143 when terminated, 129 when
    the terminal went."""
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(TERMINATED))  # cleans up
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as it is under nohup
        signal.signal(signal.SIGHUP, lambda _number, _frame: sys.exit(HUNG_UP))
    try:
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as it is behind `&` in a script
            signal.signal(signal.SIGINT, signal.default_int_handler)
        asked = read_arguments(arguments)
        with progress_bar(printable(asked.file.name), shown=_is_terminal(sys.stderr)) as report:
            validated = validate(asked, report)
        lines = [as_json(asked, validated)] if asked.as_json else summary(asked, validated)
        _say(lines, asked)
        return exit_code(asked, validated)
    except UsageMistake as mistake:
        _complain(printable(str(mistake)))
        return UNREADABLE
    except KeyboardInterrupt:
        _complain("Interrupted.")
        return INTERRUPTED
    except SystemExit:
        raise
    except BaseException:  # a defect, or a library's panic; 1 would say that the file has faults
        traceback.print_exc()
        return UNREADABLE


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()  # None: closed by the caller, as by `2>&-`


def _complain(sentence: str) -> None:
    """On stderr; where that cannot be, the exit code alone must tell."""
    stream: TextIO | None = sys.stderr
    if stream is not None:  # else `print` would turn to stdout
        with suppress(OSError):
            print(sentence, file=stream, flush=True)


def _say(lines: Iterable[str], asked: Validation) -> None:
    """Print; a reader that has seen enough (`| head`) changes nothing of the exit code. Raises
    UsageMistake where nothing can be printed, since who asked would take silence for an answer."""
    stream: TextIO | None = sys.stdout
    out = asked.out
    if stream is None:
        raise UsageMistake(f"The outcome cannot be printed: stdout is closed. {_lie_in(out)}")
    try:
        for line in lines:
            print(fitting(line, stream.encoding or "utf-8", is_json=asked.as_json), file=stream)
        stream.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # the end flushes once more
        if not isinstance(error, BrokenPipeError):
            reason = because(error)
            raise UsageMistake(f"The outcome cannot be printed: {reason}. {_lie_in(out)}") from None


def _lie_in(out: Path) -> str:
    return f"The result files lie in {out}."
