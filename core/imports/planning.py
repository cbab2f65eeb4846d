"""Planning an import: the kind of file, how it is read, and its chunks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import polars as pl

from core.attributes.definitions import AttributeDefinition
from core.errors import FileRefused
from core.file_format import (
    FileKind,
    OnFault,
    ReadingOptions,
    RecognisableProfile,
    SourceFile,
    StepKind,
)
from core.imports.detection import detect_kind
from core.imports.locale.deciding import decide_locale, locale_of
from core.imports.model import Chunk, Plan
from core.imports.output.formula_guard import is_our_own, unguarded
from core.imports.reading import read_chunk
from core.imports.recognising_text import recognise_text
from core.imports.recognition import ProfileRecognised
from core.imports.steps.applying import before_locale
from core.imports.steps.checking import check_steps
from core.imports.steps.compiling import compiled_steps
from core.imports.table.mapping import joined
from core.imports.table.notices import unused_options
from core.imports.table.two_ways import number_columns
from core.imports.text.planning import TextPlanning
from core.imports.uniqueness.columns import unique_columns
from core.imports.workbooks.planning import plan_workbook
from core.outcomes import Notice, NoticeCode, Refusal, RefusalCode
from core.settings import Settings
from core.storage import ImportKeys, ObjectMissing, ObjectStore
from core.storage.content_types import JSON
from core.wording import file_too_large


def plan_import(
    store: ObjectStore,
    settings: Settings,
    keys: ImportKeys,
    source: SourceFile,
    options: ReadingOptions,
    definitions: Sequence[AttributeDefinition],
    profiles: Sequence[RecognisableProfile] = (),
) -> Plan | Refusal:
    """Plan the import of one version of one object. If it has the headers of one of the profiles,
    it is read by that one in place of the options.

    Writes the plan to `keys.plan` and the chunks, a JSON array, to `keys.chunks` in the results
    bucket; the same input always gives the same bytes. A file that cannot be imported is a
    Refusal, and nothing is written for it that anybody reads.
    """
    profile: RecognisableProfile | None = None
    try:
        try:
            plan, chunks = _plan(store, settings, keys, source, options, definitions, profiles)
        except ProfileRecognised as recognised:
            profile, options = recognised.profile, recognised.profile.options
            plan, chunks = _plan(store, settings, keys, source, options, definitions, ())
        plan = _with_steps(plan, options, definitions)
        plan = _with_locale(store, settings, keys, plan, chunks, options, definitions)
    except FileRefused as refused:
        message = refused.message if profile is None else f"{refused.message} {_read_by(profile)}"
        return Refusal(
            code=RefusalCode(refused.code),
            message=message,
            recognised=None if profile is None else profile.reading,
        )
    except ObjectMissing as missing:
        if (missing.bucket, missing.key) != (source.bucket, source.key):
            raise  # one of our own objects: infrastructure
        return Refusal(
            code=RefusalCode.OBJECT_MISSING,
            message=f'The file "{source.file_name}" is no longer there. Upload it again.',
        )
    compares = plan.may_hold_commas and plan.locale is None
    notices = [*plan.notices, *unused_options(plan.format.kind, options)]
    if profile is not None:
        notices.append(Notice(code=NoticeCode.PROFILE_RECOGNISED, message=_read_by(profile)))
    plan = msgspec.structs.replace(
        plan,
        recognised=profile and profile.reading,
        notices=tuple(notices),
        on_fault=options.on_fault or OnFault.SKIP_ROW,
        max_faulty_rows_percent=options.max_faulty_rows_percent,
        unique_columns=unique_columns(definitions, plan.columns),
        number_columns=number_columns(definitions, plan.columns) if compares else (),
    )
    store.put(settings.results_bucket, keys.chunks, msgspec.json.encode(chunks), JSON)
    store.put(settings.results_bucket, keys.plan, msgspec.json.encode(plan), JSON)
    return plan


def _plan(
    store: ObjectStore,
    settings: Settings,
    keys: ImportKeys,
    source: SourceFile,
    options: ReadingOptions,
    definitions: Sequence[AttributeDefinition],
    profiles: Sequence[RecognisableProfile],
) -> tuple[Plan, tuple[Chunk, ...]]:
    info = store.head(source.bucket, source.key, source.version_id)
    if info.size > settings.max_upload_bytes:
        raise FileRefused(
            RefusalCode.FILE_TOO_LARGE,
            file_too_large(source.file_name, info.size, settings.max_upload_bytes),
        )
    try:
        kind = detect_kind(store, info, source.file_name, options.encoding)
    except FileRefused as refused:
        if refused.code == RefusalCode.BINARY_FILE:  # or in an encoding that a profile names
            recognise_text(store, info, profiles)
        raise
    if kind is FileKind.TEXT:
        recognise_text(store, info, profiles)
        planning = TextPlanning(
            store=store,
            settings=settings,
            keys=keys,
            source=source,
            options=options,
            definitions=definitions,
            profiles=profiles,
        )
        return planning.plan(info)
    return plan_workbook(store, settings, keys, source, kind, options, definitions, profiles)


def _read_by(profile: RecognisableProfile) -> str:
    return f'It was read by the profile "{profile.name}", which remembers its headers.'


def _with_steps(
    plan: Plan, options: ReadingOptions, definitions: Sequence[AttributeDefinition]
) -> Plan:
    """The plan with the value steps, which are checked against the attributes."""
    steps = options.value_steps or ()
    check_steps(steps, definitions)
    if locale_of(options) is None and any(step.step is StepKind.CONVERT for step in steps):
        raise FileRefused(
            RefusalCode.VALUE_STEPS_INVALID,
            "The value steps convert units, which needs a “locale”, such as auto, so that no "
            "number is read in two ways.",
        )
    return msgspec.structs.replace(plan, value_steps=steps)


def _with_locale(
    store: ObjectStore,
    settings: Settings,
    keys: ImportKeys,
    plan: Plan,
    chunks: Sequence[Chunk],
    options: ReadingOptions,
    definitions: Sequence[AttributeDefinition],
) -> Plan:
    """The plan with the locale of the values, for which the rows are read once."""
    given = locale_of(options)
    if given is None:
        return plan

    steps = compiled_steps(plan.value_steps, plan.columns, tuple(definitions))

    def frames() -> Iterator[pl.DataFrame]:
        for chunk in chunks:
            frame = read_chunk(store, settings.results_bucket, keys, plan, chunk).frame
            if is_our_own(plan.columns):
                frame = frame.select(unguarded(pl.all()))
            cells = joined(frame, plan.columns, ())
            yield before_locale(cells, steps).frame if plan.value_steps else cells

    locale, notices = decide_locale(
        frames(), plan.columns, definitions, given, in_workbook=plan.data is None
    )
    return msgspec.structs.replace(plan, locale=locale, notices=(*plan.notices, *notices))
