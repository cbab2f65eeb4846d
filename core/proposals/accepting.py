"""`POST /attributes/proposals/{jobId}/accept`: proposals become attributes, and the import of the
file is validated by them.

An attribute that exists is never changed. The same call can be repeated: what it created before is
then reported as existing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from core.actors import Actor
from core.attributes.definitions import Attribute
from core.attributes.naming import attribute_id
from core.attributes.repository import AttributeRepository, new_attribute
from core.attributes.requests import AttributeDraft, read_draft
from core.errors import Conflict, RequestError, ServiceUnavailable
from core.file_format import ReadingOptions
from core.imports.jobs.reprocessing import Restart
from core.jobs.orders import ProposalOrder
from core.jobs.records import JobStatus
from core.products.definition_changes import Defined, define_attributes
from core.proposals.answering import read_proposals
from core.proposals.repository import ProposalJobs
from core.query_parameters import shown
from core.schemas import FieldFault, field_faults, refuse, without_nulls
from core.settings import Settings
from core.storage import ObjectStore
from core.wording import counted

MOST_ACCEPTED = 500
"""Attributes in one call, which has 29 seconds."""
_ALTERNATIVE = "alternative"
_INSTRUCTIONS = frozenset({"header", "use"})
"""Fields of an entry that are none of the attribute."""
_SHOWN_CHARACTERS = 200

RestartImport = Callable[[str, ReadingOptions], Restart]
"""Starts an import again, with these options. Raises RequestError and ServiceUnavailable."""


class _Outcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What became of one attribute."""

    name: str
    outcome: str
    """`created`; `exists`, as proposed; `differs`, exists otherwise; or `refused`."""
    message: str
    fields: tuple[str, ...] = ()
    """In which the existing attribute differs."""
    code: str | None = None
    details: tuple[dict[str, Any], ...] = ()
    """Both of a refused one."""


def accept_proposals(
    body: Mapping[str, Any],
    job_id: str,
    store: ObjectStore,
    jobs: ProposalJobs,
    settings: Settings,
    restart: RestartImport,
    *,
    actor: Actor,
    now: datetime,
) -> dict[str, Any]:
    """Create the attributes, start the import again; the answer of the call.

    Raises InvalidRequest `INVALID_FIELDS`, NotFound `JOB_NOT_FOUND`, Conflict (`NOT_A_PROPOSAL`,
    `JOB_NOT_FINISHED`, `PROPOSAL_FAILED`, `RESULTS_GONE`). What is wrong with a single attribute,
    and why the import was not started, is in the answer.
    """
    given = without_nulls(body)
    refuse(field_faults("requests/accept-proposals", given))
    job, order = jobs.get(job_id)
    if not job.is_final:
        raise Conflict(
            "JOB_NOT_FINISHED",
            f"The proposals are not ready yet ({job.status}); accept them when they are.",
        )
    if job.status is JobStatus.FAILED:
        raise Conflict(
            "PROPOSAL_FAILED",
            f"There are no proposals to accept: {job.error_details or 'the job failed.'}",
        )
    found = read_proposals(job, store, settings)
    bodies = _chosen(given.get("attributes"), found["proposals"])
    outcomes = _created(bodies, jobs, settings, actor, now)
    answer: dict[str, Any] = {
        "message": _message(outcomes),
        "attributes": msgspec.to_builtins(outcomes),
    }
    if given.get("reprocess", True) and order.import_job_id is not None:
        answer["reprocess"] = _reprocessed(order, found["options"], outcomes, restart)
    return answer


def _chosen(
    wanted: Sequence[Any] | None, proposals: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Bodies of `POST /attributes`. Raises InvalidRequest `INVALID_FIELDS`."""
    entries = [p["attribute"]["name"] for p in proposals] if wanted is None else wanted
    faults: list[FieldFault] = []
    if len(entries) > MOST_ACCEPTED:
        sentence = f"Name at most {MOST_ACCEPTED:,} “attributes” in one call."
        refuse([FieldFault("attributes", sentence)])
    bodies = []
    for at, entry in enumerate(entries):
        edited = {"name": entry} if isinstance(entry, str) else dict(entry)
        try:
            bodies.append(_edited(edited, proposals))
        except ValueError as error:
            faults.append(FieldFault(f"attributes[{at}]", str(error)))
    count = Counter(attribute_id(str(body.get("name"))) for body in bodies)
    faults += [
        FieldFault("attributes", f"“attributes” names “{shown(identifier)}” more than once.")
        for identifier, times in count.items()
        if times > 1
    ]
    refuse(faults)
    return bodies


def _edited(edits: Mapping[str, Any], proposals: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A proposal with the edits. Raises ValueError for one that does not exist."""
    header, name = edits.get("header"), edits.get("name")
    for proposal in proposals:
        if header == proposal["header"] or (
            header is None and name == proposal["attribute"]["name"]
        ):
            break
    else:
        what = f"the header “{shown(header)}”" if header else f"the name “{shown(name or '')}”"
        raise ValueError(f"No attribute is proposed with {what}.")
    attribute: dict[str, Any] = proposal["attribute"]
    if edits.get("use") == _ALTERNATIVE:
        alternatives = proposal.get("alternatives", ())
        attribute = next((a["attribute"] for a in alternatives if "attribute" in a), {})
        if not attribute:
            name = proposal["attribute"]["name"]
            raise ValueError(f"There is no alternative to the proposal “{name}”.")
    own = {field: value for field, value in edits.items() if field not in _INSTRUCTIONS}
    if own.get("name", attribute["name"]) != attribute["name"]:
        attribute = {"headers": [proposal["header"]], **attribute}
    if own.get("type", attribute["type"]) != attribute["type"]:
        kept = ("name", "headers", "isRequired")
        attribute = {field: attribute[field] for field in kept if field in attribute}
    return {**attribute, **own}


def _created(
    bodies: Sequence[Mapping[str, Any]],
    jobs: ProposalJobs,
    settings: Settings,
    actor: Actor,
    now: datetime,
) -> list[_Outcome]:
    """One for each body, in their order."""
    database = jobs.records.database
    stored = {attribute.id: attribute for attribute in AttributeRepository(database).all()}
    outcomes: dict[int, _Outcome] = {}
    drafts: dict[int, AttributeDraft] = {}
    for at, body in enumerate(bodies):
        try:
            draft = read_draft(body, settings)
        except RequestError as error:
            outcomes[at] = _refused(str(body.get("name")), error)
            continue
        present = stored.get(attribute_id(draft.name))
        if present is not None and present.name == draft.name:
            outcomes[at] = _existing(present, new_attribute(draft, actor, now))
        else:
            drafts[at] = draft
    results = define_attributes(database, list(drafts.values()), actor, now)
    for (at, draft), result in zip(drafts.items(), results, strict=True):
        if isinstance(result, Defined):
            sentence = f"Attribute “{draft.name}” was created.{result.note}"
            outcomes[at] = _Outcome(name=draft.name, outcome="created", message=sentence)
        else:
            outcomes[at] = _refused(draft.name, result)
    return [outcomes[at] for at in range(len(bodies))]


def _existing(present: Attribute, wanted: Attribute) -> _Outcome:
    fields = tuple(_differences(present, wanted))
    if not fields:
        sentence = f"Attribute “{present.name}” exists already, as it was proposed."
        return _Outcome(name=present.name, outcome="exists", message=sentence)
    sentence = (
        f"Attribute “{present.name}” exists already and was not changed; it differs in "
        f"{', '.join(fields)}."
    )
    return _Outcome(name=present.name, outcome="differs", message=sentence, fields=fields)


def _differences(present: Attribute, wanted: Attribute) -> Iterator[str]:
    """Fields that decide how values are validated."""
    ours = msgspec.to_builtins(present.definition())
    theirs = msgspec.to_builtins(wanted.definition())
    for field, value in theirs.items():
        if ours.get(field) != value:
            yield field


def _refused(name: str, error: RequestError) -> _Outcome:
    return _Outcome(
        name=name[:_SHOWN_CHARACTERS],
        outcome="refused",
        message=error.message,
        code=error.code,
        details=tuple(dict(detail) for detail in error.details),
    )


def _message(outcomes: Sequence[_Outcome]) -> str:
    count = Counter(outcome.outcome for outcome in outcomes)
    parts = [f"{counted(count['created'], 'attribute')} created"]
    words = {
        "exists": "existed already",
        "differs": "existed otherwise and did not change",
        "refused": "refused",
    }
    parts += [f"{count[kind]:,} {words[kind]}" for kind in words if count[kind]]
    return f"{', '.join(parts)}."


def _reprocessed(
    order: ProposalOrder, options: Any, outcomes: Sequence[_Outcome], restart: RestartImport
) -> dict[str, Any]:
    refused = sum(outcome.outcome == "refused" for outcome in outcomes)
    if refused:
        return {
            "started": False,
            "code": "ATTRIBUTES_REFUSED",
            "message": f"The import was not started again, since {counted(refused, 'attribute')} "
            f"{'was' if refused == 1 else 'were'} refused.",
        }
    try:
        again = restart(str(order.import_job_id), msgspec.convert(options, ReadingOptions))
    except (RequestError, ServiceUnavailable) as error:
        return {"started": False, "code": error.code, "message": error.message}
    return {
        "started": True,
        "jobId": again.job_id,
        "attempt": again.attempt,
        "message": f"The file is validated by the attributes, as attempt {again.attempt}.",
    }
