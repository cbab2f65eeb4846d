"""`python -m core.imports validate …`: the import without AWS."""

import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    """As `main` ends once it is there; there is nothing yet to clean up."""
    try:
        os.write(2, b"Interrupted.\n")
    finally:
        os._exit(130)


def _cannot_start(error: BaseException) -> NoReturn:
    """Exits with 2, since 1 means that the file has faults."""
    if sys.stderr is not None:
        why = f"{type(error).__name__}: {error}".removesuffix(": ").removesuffix(".")
        sentence = (
            f"The command cannot start ({why}). Install what it needs with "
            "`sh infra/bootstrap.sh validate`, and see that it may have enough memory."
        )
        with suppress(OSError):
            print(sentence, file=sys.stderr, flush=True)
    sys.exit(2)


if __name__ == "__main__":
    # what is imported takes a second or two, and turns an exception into a page of its own
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
        signal.signal(signal.SIGINT, _interrupted)

    try:
        from core.imports.command_line.main import main
    except BaseException as unable:  # a panic of a library in Rust is no Exception
        _cannot_start(unable)

    sys.exit(main())
