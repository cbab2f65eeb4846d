"""Runs the import on a folder. Its work files are in a hidden folder of the output folder, and are
removed when it ends, even with an error. The result files stay."""

from __future__ import annotations

import dataclasses
import fcntl
import os
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from core.file_format import DetectedFormat, SourceFile
from core.imports.command_line.arguments import Validation
from core.imports.command_line.attribute_files import read_definitions
from core.imports.command_line.processes import ValidationInProcesses
from core.imports.command_line.usage import UsageMistake, because, printable
from core.imports.local_run import Report, run_import
from core.imports.model import ImportOutcome, Plan
from core.imports.reading import ChunkDiffers
from core.imports.sizing import TARGET_CHUNKS_ON_ONE_MACHINE
from core.outcomes import Refusal
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectShorter, upload_key
from core.storage.folder import FolderBesideFile
from core.storage.keys import AttemptKeys

UPLOADS, RESULTS = "uploads", "results"
WORK_PREFIX = ".validating-"
LEFT_BY_RUN = ".validated.json"
"""In the output folder: `{name: [sizes]}` of the files that the last run left, or was about to
leave when it was killed. All other files belong to the user."""


@dataclass(frozen=True, slots=True)
class Validated:
    outcome: ImportOutcome | Refusal
    format: DetectedFormat | None
    """None if the file could not be read."""
    files: tuple[Path, ...]
    """The result files, sorted by name. No products if the file was refused."""
    did_you_mean: Mapping[str, str] = field(default_factory=dict)
    """Header that no attribute reads → the one that it resembles."""

    @property
    def refusal(self) -> Refusal | None:
        """Why the file was not imported, if it was not."""
        return self.outcome if isinstance(self.outcome, Refusal) else self.outcome.refusal


def validate(request: Validation, report: Report) -> Validated:
    """Check the file and write the result files into `request.out`. At the end of the run they
    replace the results of the previous run, which are all removed first. So the folder never mixes
    the results of two files, and an interrupted run destroys nothing. Raises UsageMistake."""
    limits = local_settings()
    definitions = read_definitions(request.attributes, limits)
    size = readable_size(request.file)
    name = printable(request.file.name)
    keys = ImportKeys(request.job_id, 1)
    source = SourceFile(
        bucket=UPLOADS,
        key=upload_key(request.job_id, name),
        size=size,
        file_name=name,
    )
    try:
        previous = _prepare(request, keys)
        with _work_folder(request.out) as work:
            store = FolderBesideFile(Path(work), UPLOADS, source.key, request.file)
            outcome = run_import(
                store,
                limits,
                job_id=request.job_id,
                attempt=1,
                source=source,
                options=request.options,
                definitions=definitions,
                now=request.timestamp,
                report=report,
                validate_chunks=ValidationInProcesses(store, limits, definitions, request.jobs)
                if request.jobs > 1
                else None,
            )
            made = _worth_keeping(Path(work) / RESULTS / keys.results, keys, outcome)
            files = _move_results(made, request.out, previous)
            if isinstance(outcome, Refusal):
                return Validated(outcome, None, files)
            plan = msgspec.json.decode(store.get(RESULTS, keys.plan), type=Plan)
    except OSError as error:
        where = error.filename or request.out
        raise UsageMistake(f"{where} cannot be read or written: {because(error)}.") from error
    except ObjectMissing:
        raise UsageMistake(f"{request.file} was removed while it was read.") from None
    except (ObjectShorter, ChunkDiffers):
        raise UsageMistake(f"{request.file} changed while it was read.") from None
    near = {c.header: c.did_you_mean for c in plan.columns if c.did_you_mean}
    return Validated(outcome, plan.format, files, near)


def local_settings() -> Settings:
    try:
        chunks = os.environ.get("TARGET_CHUNK_COUNT") or str(TARGET_CHUNKS_ON_ONE_MACHINE)
        settings = Settings.from_environment({**os.environ, "TARGET_CHUNK_COUNT": chunks})
    except ValueError as error:
        raise UsageMistake(f"{error}.") from None
    return dataclasses.replace(
        settings,
        uploads_bucket=UPLOADS,
        results_bucket=RESULTS,
        result_files_max_rows=sys.maxsize,  # there is no export that could be ordered later
        result_files_max_bytes=sys.maxsize,
    )


def readable_size(file: Path) -> int:
    """The size of the file in bytes."""
    if file.is_dir():
        raise UsageMistake(f"{file} is a folder; name one file.")
    if file.exists() and not file.is_file():
        raise UsageMistake(
            f"{file} is not a regular file, and it has to be read more than once. Save it first."
        )
    try:
        with file.open("rb") as opened:
            opened.seek(0, os.SEEK_END)
            return opened.tell()
    except FileNotFoundError:
        raise UsageMistake(f"There is no file {file}.") from None
    except OSError as error:
        raise UsageMistake(f"{file} cannot be read: {because(error)}.") from None


def result_names(keys: ImportKeys) -> tuple[str, ...]:
    """The names of all result files in `core.storage.keys`."""
    prefix = f"{keys.results}/"
    all_keys = (
        getattr(keys, name)
        for name, kind in (vars(AttemptKeys) | vars(ImportKeys)).items()
        if isinstance(kind, property)
    )
    return tuple(key.removeprefix(prefix) for key in all_keys if key.startswith(prefix))


def _prepare(request: Validation, keys: ImportKeys) -> list[Path]:
    """Create the folder, and return the existing results of a previous run. Removes nothing."""
    if request.out.exists() and not request.out.is_dir():
        raise UsageMistake(f"--out {request.out} is a file; name a folder.")
    own = {request.file.resolve(), request.attributes.resolve()}
    results = [request.out / name for name in result_names(keys)]
    if inputs := [path for path in results if path.resolve() in own]:
        raise UsageMistake(
            f"{inputs[0]} would be replaced by a result of the same name; name another --out."
        )
    if folders := [path for path in results if path.is_dir()]:
        raise UsageMistake(
            f"{folders[0]} is a folder, and a result has the same name; name another --out."
        )
    left = _left_by_run(request.out)
    existing = [path for path in results if os.path.lexists(path)]
    if foreign := [path for path in existing if _size(path) not in left.get(path.name, ())]:
        raise UsageMistake(
            f"{foreign[0]} would be replaced, but no run wrote it in this form; move it, or name "
            "another --out."
        )
    request.out.mkdir(parents=True, exist_ok=True)
    return existing


def _left_by_run(out: Path) -> dict[str, list[int]]:
    try:
        return msgspec.json.decode((out / LEFT_BY_RUN).read_bytes(), type=dict[str, list[int]])
    except (OSError, msgspec.DecodeError):
        return {}


def _note_left(out: Path, files: Iterable[Path]) -> None:
    """Record names and sizes of the files, in place of the previous record."""
    sizes: defaultdict[str, list[int]] = defaultdict(list)
    for file in files:
        sizes[file.name].append(_size(file))
    new = out / f"{LEFT_BY_RUN}.new"
    new.write_bytes(msgspec.json.encode(sizes))
    new.replace(out / LEFT_BY_RUN)


def _size(file: Path) -> int:
    return file.lstat().st_size


@contextmanager
def _work_folder(out: Path) -> Iterator[str]:
    """A hidden folder in `out`, which is locked against other runs. Removes the work folders of
    killed runs."""
    folder = os.open(out, os.O_RDONLY)  # its lock always ends with this process
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageMistake(
                f"Another run writes to {out}; wait for it or name another --out."
            ) from None
        for left in filter(Path.is_dir, out.glob(f"{WORK_PREFIX}*")):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=WORK_PREFIX, dir=out) as work:
            yield work
    finally:
        os.close(folder)


def _worth_keeping(results: Path, keys: ImportKeys, outcome: ImportOutcome | Refusal) -> list[Path]:
    """The result files that the portal would link. A file that cannot be read has none. A file with
    too many faulty rows has its faults and rejected rows, but no products."""
    written = sorted(results.iterdir()) if results.is_dir() else []
    if isinstance(outcome, ImportOutcome) and outcome.refusal is not None:
        of_rows = (keys.all_faults, keys.all_rejected, keys.all_changes)
        linked = {Path(key).name for key in of_rows}
        return [file for file in written if file.name in linked]
    return written


def _move_results(made: list[Path], out: Path, previous: list[Path]) -> tuple[Path, ...]:
    """Move the result files to the output folder, one by one, in place of the previous ones."""
    mode = 0o666 & ~_umask()
    for file in made:
        file.chmod(mode)  # the store creates files that only their owner can read
    previous = [path for path in previous if os.path.lexists(path)]
    _note_left(out, [*previous, *made])  # a run that is killed now may leave any of them
    for path in previous:
        path.unlink(missing_ok=True)
    moved = tuple(file.replace(out / file.name) for file in made)
    if moved:
        _note_left(out, moved)
    else:
        (out / LEFT_BY_RUN).unlink()
    return moved


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
