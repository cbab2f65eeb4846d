"""REST `/import-profiles`: how suppliers' files are read, saved under names."""

from __future__ import annotations

from core import clock
from core.profiles.repository import ProfileRepository
from core.profiles.saving import create_profile, delete_profile, list_profiles, replace_profile
from handlers import environment
from handlers.api.http import Answer, RestApi, answer, path_value

app = RestApi()


@app.post("/import-profiles")
def create() -> Answer:
    profile = create_profile(environment.database(), app.json_body(), app.actor, clock.now())
    body = {"message": f"Profile “{profile.name}” was created.", "profile": profile.to_json()}
    return answer(201, body, revision=profile.revision)


@app.get("/import-profiles")
def list_all() -> Answer:
    return answer(200, list_profiles(environment.database(), app.query_parameters()))


@app.get("/import-profiles/<name>")
def get(name: str) -> Answer:
    profile = ProfileRepository(environment.database()).get(path_value(name))
    body = {"message": "1 profile.", "profile": profile.to_json()}
    return answer(200, body, revision=profile.revision)


@app.put("/import-profiles/<name>")
def replace(name: str) -> Answer:
    profile = replace_profile(
        environment.database(),
        path_value(name),
        app.json_body(),
        app.expected_revision(),
        app.actor,
        clock.now(),
    )
    body = {"message": f"Profile “{profile.name}” was replaced.", "profile": profile.to_json()}
    return answer(200, body, revision=profile.revision)


@app.delete("/import-profiles/<name>")
def delete(name: str) -> Answer:
    profile = delete_profile(
        environment.database(), path_value(name), app.expected_revision(), app.actor, clock.now()
    )
    return answer(200, {"message": f"Profile “{profile.name}” was deleted."})


handler = app.handler
