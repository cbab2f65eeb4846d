"""`python -m infra.local COMMAND`, which the Makefile calls; the commands are below.

Everything else comes from environment variables: those of configuration.py, for `import` FILE,
ATTRIBUTES, UPDATE, DELIMITER, ENCODING, SHEET, HEADER_ROW, QUOTE_CHAR, ESCAPE_CHAR,
SKIP_INITIAL_SPACE, ON_FAULT, MAX_FAULTY_PERCENT, HEADERS, LOCALE and OPTIONS, for `token` ROLE and
USER_NUMBER, and for `free` WHAT.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra.client import suggestions, summary
from infra.client.demo_attributes import required_for_the_demo
from infra.client.importing import (
    Imported,
    attribute_bodies,
    define_attributes,
    import_file,
)
from infra.client.rest import Rest
from infra.client.suggesting import approve, suggest
from infra.client.variables import is_set
from infra.errors import LauncherError
from infra.local import disk, logins, logs, stack
from infra.local.configuration import STACK_NAME, Configuration
from infra.local.deployment import client
from infra.local.intake import is_paused
from infra.local.running import Condition, Stack, inspect, running_stack
from infra.staging import ROOT

SAMPLES = ROOT / "samples"
DEMO_PRODUCTS = ("NL-0200001", "NL-0200002", "NL-0200006")
DEMO_ATTRIBUTES = ("Description", "Weight")
"""Of the sample workbook, whose misspelt column `Descripton` leaves its products without a
description. Some also have no weight, nor a text that contains it."""
PLAIN_WIDTH = 120
"""Columns of output to a file or a pipe, which has no width."""

DELIMITER_NAMES = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
"""Delimiters that are hard to type in a shell."""

LOOSE, AUTO = "loose", "auto"
"""How `make import` compares headers and reads values where nothing else is said: people use it on
files as they come."""

Command = Callable[[Configuration, Console], int]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    command = COMMANDS[parser.parse_args().command]
    # The engines and their functions are here, whatever proxy the environment names.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    console = Console(highlight=False, width=width)
    try:
        return command(Configuration.from_environment(), console)
    except LauncherError as error:
        Console(stderr=True, highlight=False).print(f"[red]{escape(str(error))}[/]", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("Interrupted.")
        return 130


def _up(configuration: Configuration, console: Console) -> int:
    _bring_up(configuration, console)
    console.print("\nImport a file: make import FILE=…     Stop: make down")
    return 0


def _bring_up(configuration: Configuration, console: Console) -> Stack:
    started = time.monotonic()
    running = stack.up(configuration, lambda line: console.print(f"[dim]{escape(line)}[/]"))
    seconds = time.monotonic() - started
    console.print(f"[green]The product is up[/] [dim]({seconds:.1f} s)[/]")
    console.print(_addresses(configuration, running))
    return running


def _addresses(configuration: Configuration, running: Stack) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="dim")
    table.add_column(overflow="fold")
    database = running.mongodb_uri if running.mongodb_port else "yours, as MONGODB_URI names it"
    for name, value in (
        ("REST API", running.api_url),
        ("AWS services", running.endpoint_url),
        ("database", database),
        ("all of it", summary.shown(configuration.stack_file)),
        ("logs", summary.shown(configuration.state / "*.log")),
        *([("users", summary.shown(configuration.users_file))] if running.login else []),
    ):
        table.add_row(name, escape(value))
    return table


def _down(configuration: Configuration, console: Console) -> int:
    if not stack.down(configuration, console.print):
        console.print("Nothing ran.")
    return 0


def _status(configuration: Configuration, console: Console) -> int:
    condition = inspect(configuration)
    if condition.stack is None:
        console.print("Nothing runs. Start the stack: make up")
        return 1
    for name, well in _health(condition):
        console.print(f"{name:<12} {'[green]runs[/]' if well else '[red]does not answer[/]'}")
    console.print(_addresses(configuration, condition.stack))
    if not condition.well:
        console.print("Bring it up again: make up")
    else:
        _tell_if_paused(condition.stack, console)
    return 0 if condition.well else 1


def _tell_if_paused(running: Stack, console: Console) -> None:
    if is_paused(client("lambda", running.aws_port), STACK_NAME):
        console.print(
            "[yellow]![/] The intake is paused (make drain): uploads wait in the queue and are not "
            "imported. Open it: make resume"
        )


def _health(condition: Condition) -> list[tuple[str, bool]]:
    return [("AWS emulator", condition.emulator), ("database", condition.database)]


def _logs(configuration: Configuration, console: Console) -> int:
    running = running_stack(configuration)
    engine_logs = summary.shown(configuration.state / "*.log")
    console.print(f"[dim]What the functions say (the engines: {engine_logs}). End with Ctrl-C.[/]")
    with contextlib.suppress(KeyboardInterrupt):
        logs.follow(running.aws_port, console)
    return 0


def _token(configuration: Configuration, console: Console) -> int:
    """The token alone, for `$(make -s token ROLE=editor)`."""
    number = os.environ.get("USER_NUMBER") or "1"
    if number not in map(str, range(1, logins.USERS_PER_ROLE + 1)):
        raise LauncherError(f"USER_NUMBER must be from 1 to {logins.USERS_PER_ROLE}.")
    running = running_stack(configuration)
    role = os.environ.get("ROLE") or "viewer"
    print(logins.user_token(running.aws_port, configuration.users_file, role, int(number)))
    return 0


def _import(configuration: Configuration, console: Console) -> int:
    environment = os.environ
    if not environment.get("FILE"):
        raise LauncherError("Name the file: make import FILE=products.csv")
    file = Path(environment["FILE"]).expanduser()
    if not file.is_file():
        raise LauncherError(f"There is no file {file}.")
    options = reading_options(environment)
    running = running_stack(configuration)
    _tell_if_paused(running, console)
    rest = logins.admin_rest(running, configuration.users_file)
    imported = import_file(
        rest,
        file,
        options,
        configuration.results,
        console,
        profile=environment.get("PROFILE"),
        prepare=_definitions(rest, environment, console),
    )
    summary.show(imported, console)
    console.print()
    for command in summary.next_steps(imported, environment):
        console.print(command, soft_wrap=True)
    return 0 if imported.valid_rows else 1


def _definitions(
    rest: Rest, environment: Mapping[str, str], console: Console
) -> Callable[[], None] | None:
    """Defines what ATTRIBUTES lists, once nothing speaks against the import any more."""
    if not (name := environment.get("ATTRIBUTES")):
        return None
    file = Path(name).expanduser()
    attribute_bodies(file)
    update = is_set(environment, "UPDATE")
    hint = "To change attributes to the rules of the file: the same command with UPDATE=1"
    return lambda: define_attributes(rest, file, console, update=update, hint=hint)


AS_GIVEN = (
    *(("ENCODING", "encoding"), ("SHEET", "sheet"), ("QUOTE_CHAR", "quoteChar")),
    *(("ESCAPE_CHAR", "escapeChar"), ("ON_FAULT", "onFault"), ("HEADERS", "headers")),
    ("LOCALE", "locale"),
)
"""Variable and option of those that the API checks."""


def reading_options(environment: Mapping[str, str]) -> dict[str, Any]:
    """The contract's options of an upload. Raises LauncherError, naming the variable at fault."""
    options = _options_file(given) if (given := environment.get("OPTIONS")) else {}
    if delimiter := environment.get("DELIMITER"):
        options["delimiter"] = DELIMITER_NAMES.get(delimiter.lower(), delimiter)
    for variable, name in AS_GIVEN:
        if text := environment.get(variable):
            options[name] = text
    if header_row := environment.get("HEADER_ROW"):
        if not header_row.isascii() or not header_row.isdigit():
            raise LauncherError(f"HEADER_ROW must be a row number from 1, not {header_row!r}.")
        options["headerRow"] = int(header_row)
    if skip := environment.get("SKIP_INITIAL_SPACE"):
        if skip.lower() not in ("true", "false"):
            raise LauncherError(f"SKIP_INITIAL_SPACE must be true or false, not {skip!r}.")
        options["skipInitialSpace"] = skip.lower() == "true"
    if percent := environment.get("MAX_FAULTY_PERCENT"):
        options["maxFaultyRowsPercent"] = _percent(percent)
    if not environment.get("PROFILE"):  # which has defaults of its own
        options = {"headers": LOOSE, "locale": AUTO, **options}
    return options


def _options_file(name: str) -> dict[str, Any]:
    file = Path(name).expanduser()
    try:
        options = json.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise LauncherError(f"The options {file} cannot be read: {error}.") from None
    if not isinstance(options, dict):
        raise LauncherError(f"{file} must hold a JSON object of reading options.")
    return options


def _percent(text: str) -> float:
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not 0 <= percent <= 100:
        raise LauncherError(f"MAX_FAULTY_PERCENT must be a number from 0 to 100, not {text!r}.")
    return percent


def _demo(configuration: Configuration, console: Console) -> int:
    running = _bring_up(configuration, console)
    rest = logins.admin_rest(running, configuration.users_file)
    console.print()
    attributes = SAMPLES / "attributes.json"
    imports: list[Imported] = []
    with required_for_the_demo(rest, attributes):
        define_attributes(rest, attributes, console)
        for name in ("products.csv", "products.xlsx"):
            imported = import_file(rest, SAMPLES / name, {}, configuration.results, console)
            summary.show(imported, console)
            imports.append(imported)
        well = not any(imported.failed for imported in imports)
        if well:
            well = _show_suggestions(rest, imports, console)
    console.print()
    console.rule("[bold]the product stays up[/]", align="left", style="dim")
    console.print(_addresses(configuration, running))
    console.print(
        "\nImport a file of yours: make import FILE=…   (no attribute of the demo is required now)"
    )
    console.print("Stop: make down")
    return 0 if well else 1


def _show_suggestions(rest: Rest, imports: list[Imported], console: Console) -> bool:
    """Approve the imports, then request suggestions for a few of their products."""
    console.print()
    console.rule("[bold]into the catalogue[/]", align="left", style="dim")
    if not approve(rest, imports, console):
        return False
    suggestions.show(suggest(rest, DEMO_PRODUCTS, DEMO_ATTRIBUTES), console)
    return True


COMMANDS: Mapping[str, Command] = {
    "up": _up,
    "down": _down,
    "status": _status,
    "import": _import,
    "demo": _demo,
    "logs": _logs,
    "token": _token,
    "disk": lambda configuration, console: disk.show(configuration, os.environ, console),
    "free": lambda configuration, console: disk.free(configuration, os.environ, console),
}

if __name__ == "__main__":
    sys.exit(main())
