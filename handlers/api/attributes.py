"""REST `/attributes`, the definitions of the attributes of products, proposals of them from a file,
and `/audit`, who changed them and jobs."""

from __future__ import annotations

from core import clock
from core.attributes.repository import AttributeRepository, revalidated
from core.attributes.requests import read_changes, read_draft
from core.audit import list_audit
from core.errors import PreconditionFailed
from core.file_format import Reading, ReadingOptions
from core.imports.jobs.reprocessing import Restart
from core.job_control.restarting import restart_job
from core.jobs.repository import JobRepository
from core.products import definition_changes
from core.products.indexes import without_index
from core.proposals.accepting import accept_proposals
from core.proposals.answering import show_proposals
from core.proposals.repository import ProposalJobs
from core.proposals.requesting import start_proposal
from core.query_parameters import read_dry_run
from core.wording import counted
from handlers import environment
from handlers.api.http import Answer, RestApi, answer, path_value

app = RestApi()


def _attributes() -> AttributeRepository:
    return AttributeRepository(environment.database())


@app.post("/attributes")
def create_attribute() -> Answer:
    draft = read_draft(app.json_body(), environment.settings())
    defined = definition_changes.define_attribute(
        environment.database(), draft, app.actor, clock.now()
    )
    message = f"Attribute “{defined.attribute.name}” was created.{defined.note}"
    return answer(201, {"message": message, "attribute": defined.attribute.to_json()})


@app.get("/attributes")
def list_attributes() -> Answer:
    stored = _attributes().all()
    found = [attribute.to_json() for attribute in stored]
    shown = {"message": f"{counted(len(found), 'attribute')}.", "data": found}
    if missing := without_index(stored):
        shown["withoutIndex"] = missing
    return answer(200, shown)


@app.post("/attributes/proposals")
def propose_attributes() -> Answer:
    started = start_proposal(
        app.json_body(),
        environment.store(),
        _proposals(),
        environment.proposal_machine(),
        environment.settings(),
        actor=app.actor,
        now=clock.now(),
    )
    return answer(202, started)


@app.get("/attributes/proposals/<job_id>")
def get_proposals(job_id: str) -> Answer:
    shown = show_proposals(
        path_value(job_id), environment.store(), _proposals(), environment.settings()
    )
    return answer(200, shown)


@app.post("/attributes/proposals/<job_id>/accept")
def accept(job_id: str) -> Answer:
    accepted = accept_proposals(
        app.json_body() if app.current_event.body else {},
        path_value(job_id),
        environment.store(),
        _proposals(),
        environment.settings(),
        _restart,
        actor=app.actor,
        now=clock.now(),
    )
    return answer(200, accepted)


def _restart(job_id: str, options: ReadingOptions) -> Restart:
    return restart_job(
        environment.store(),
        JobRepository(environment.database()),
        environment.machines(),
        environment.settings(),
        job_id=job_id,
        reading=Reading(options=options),
        actor=app.actor,
        now=clock.now(),
    )


def _proposals() -> ProposalJobs:
    return ProposalJobs(environment.database())


@app.get("/attributes/<attribute_id>")
def get_attribute(attribute_id: str) -> Answer:
    attribute = _attributes().get(path_value(attribute_id))
    body = {"message": "1 attribute.", "attribute": attribute.to_json()}
    return answer(200, body, revision=attribute.revision)


@app.put("/attributes/<attribute_id>")
@app.patch("/attributes/<attribute_id>")
def change_attribute(attribute_id: str) -> Answer:
    body, expected = app.json_body(), app.expected_revision()

    def change() -> definition_changes.Defined:
        before = _attributes().get(path_value(attribute_id))
        if expected is not None and expected != before.revision:
            raise PreconditionFailed(
                "ATTRIBUTE_CHANGED",
                f"The attribute “{before.name}” was changed by somebody else meanwhile; look at it "
                "again and repeat your change.",
            )
        changes = read_changes(body, before, environment.settings())
        return definition_changes.change_attribute(
            environment.database(),
            before,
            changes,
            app.actor,
            clock.now(),
            as_read=expected is not None,
        )

    after = revalidated(change)
    message = f"Attribute “{after.attribute.name}” was changed.{after.note}"
    body = {"message": message, "attribute": after.attribute.to_json()}
    return answer(200, body, revision=after.attribute.revision)


@app.delete("/attributes/<attribute_id>")
def delete_attribute(attribute_id: str) -> Answer:
    deletion = definition_changes.delete_attribute(
        environment.database(),
        path_value(attribute_id),
        app.actor,
        clock.now(),
        dry_run=read_dry_run(app.query_parameters()),
    )
    return answer(200, deletion.to_json())


@app.get("/audit")
def list_entries() -> Answer:
    return answer(200, list_audit(environment.database(), app.query_parameters()))


handler = app.handler
