"""`python -m core.imports validate …`: the import without AWS."""

import os
import signal
import sys
from types import FrameType


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    """As `main` ends once it is there; there is nothing yet to clean up."""
    try:
        os.write(2, b"Interrupted.\n")
    finally:
        os._exit(130)


if __name__ == "__main__":
    # what is imported takes a second or two, and turns an exception into a page of its own
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # else it is ignored
        signal.signal(signal.SIGINT, _interrupted)

    from core.imports.command_line.main import main

    sys.exit(main())
