"""Proposes attributes for a file, without AWS."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from core.attributes.definitions import AttributeDefinition
from core.file_format import SourceFile
from core.imports.command_line.arguments import Proposing
from core.imports.command_line.attribute_files import read_definitions
from core.imports.command_line.usage import UsageMistake, because, printable
from core.imports.command_line.validating import UPLOADS, local_settings, readable_size
from core.imports.proposals.model import Proposals, proposals_to_json
from core.imports.proposals.table import table_lines
from core.imports.proposals.tasks import propose_locally
from core.outcomes import Refusal
from core.storage import ObjectMissing, ObjectShorter, upload_key
from core.storage.folder import FolderBesideFile

_JOB = "00000000-0000-0000-0000-000000000000"
"""The work files of a run are in a folder of its own."""


def propose(request: Proposing) -> list[str]:
    """Write the attributes; the lines to print. Raises UsageMistake, also for a file that cannot be
    read."""
    name = printable(request.file.name)
    source = SourceFile(
        bucket=UPLOADS,
        key=upload_key(_JOB, name),
        size=readable_size(request.file),
        file_name=name,
    )
    if request.out.resolve() == request.file.resolve():
        raise UsageMistake(f"{request.out} is the file itself; name another --out.")
    existing: list[AttributeDefinition] = []
    if request.existing is not None:
        existing = read_definitions(request.existing, local_settings())
    try:
        with TemporaryDirectory() as work:
            store = FolderBesideFile(Path(work), UPLOADS, source.key, request.file)
            found = propose_locally(
                store,
                local_settings(),
                job_id=_JOB,
                source=source,
                options=request.options,
                existing=existing,
            )
        if isinstance(found, Refusal):
            raise UsageMistake(found.message)
        attributes = [proposal.attribute for proposal in found.proposals]
        text = json.dumps(attributes, ensure_ascii=False, indent=2)
        request.out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        where = error.filename or request.out
        raise UsageMistake(f"{where} cannot be read or written: {because(error)}.") from error
    except (ObjectMissing, ObjectShorter):
        raise UsageMistake(f"{request.file} was removed or changed while it was read.") from None
    if request.as_json:
        return [json.dumps(proposals_to_json(found), ensure_ascii=False)]
    return [*table_lines(proposals_to_json(found)), *_next_step(request, found)]


def _next_step(request: Proposing, found: Proposals) -> Iterator[str]:
    if not found.proposals:
        return
    options = found.options
    row = f" --header-row {options.header_row}" if options.header_row else ""
    sheet = f" --sheet {shlex.quote(options.sheet)}" if options.sheet else ""
    delimiter = ""
    if options.delimiter:  # attributes that match differently could make another one likelier
        word = "tab" if options.delimiter == "\t" else shlex.quote(options.delimiter)
        delimiter = f" --delimiter {word}"
    yield ""
    yield (
        f"The attributes are in {request.out}. Check the file with: .venv/bin/python -m "
        f"core.imports validate {shlex.quote(str(request.file))} "
        f"--attributes {shlex.quote(str(request.out))} --headers loose "
        f"--locale auto{delimiter}{row}{sheet} --out checked"
    )
