"""`make console`: a web page of the state machines and jobs of one stack, on loopback."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from infra.errors import LauncherError
from infra.local.configuration import HOST
from infra.operations.console.server import server_for
from infra.operations.target import Target

DEFAULT_PORT = 24080


def open_console(target: Target, environment: Mapping[str, str], console: Console) -> int:
    """Serve the page until Ctrl-C. Raises LauncherError when the port cannot be had."""
    named = environment.get("CONSOLE_PORT", "").strip() or str(DEFAULT_PORT)
    if not (named.isdecimal() and 0 < int(named) < 1 << 16):
        raise LauncherError(f"CONSOLE_PORT must be a port, not {named!r}.")
    try:
        server = server_for(target, int(named))
    except OSError as error:
        raise LauncherError(
            f"The console cannot listen on port {named}: {error.strerror}. "
            "Choose another: make console CONSOLE_PORT=…"
        ) from None
    console.print(f"The console of {target.stack_name}: http://{HOST}:{named}     End with Ctrl-C.")
    with server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            console.print()
    return 0
