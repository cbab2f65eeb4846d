"""The local stack as a whole: start, status, stop."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
from pymongo.errors import DuplicateKeyError, PyMongoError

from core.attributes.repository import AttributeRepository
from core.database import connect, ensure_indexes
from core.errors import PortalError
from core.products.indexes import sync_indexes
from infra.errors import LauncherError
from infra.local import deployment, engines, local_model, logins
from infra.local.configuration import HOST, REGION, TEMPLATE_PARAMETERS, Configuration, Port
from infra.local.keeping import (
    database_settings,
    jobs_of_former_runs,
    what_down_loses,
    what_was_lost,
)
from infra.local.parameters import changes, with_defaults
from infra.local.processes import Daemon
from infra.local.running import Condition, Stack, inspect, read_stack, write_stack

Say = Callable[[str], None]

STAGE = "local"
USER_DATABASE_SECONDS = 10.0


def up(configuration: Configuration, say: Say) -> Stack:
    """A healthy stack with the working tree's code, started, brought up to date or as it is."""
    with _alone(configuration):
        stack = _up(configuration, say)
        _serve_model(configuration, say)
        return stack


def _up(configuration: Configuration, say: Say) -> Stack:
    staged = configuration.state / "deploy"
    deployment.stage(staged)
    former = inspect(configuration)
    if former.stack is not None and not _serves(former, configuration):
        if former.well:
            _check_new_ports(configuration, former.stack)
            _check_new_database(configuration)
            say("The ports, database, AUTH, KEEP or LOGIN have changed: starting again.")
        _stop(configuration)
        former = Condition(stack=None, emulator=False, database=False)
    if former.stack is None:
        _stop(configuration)  # what an interrupted start may have left
        try:
            return _start(configuration, staged, say)
        except BaseException:
            _stop(configuration)
            raise
    return _refresh(configuration, former.stack, staged, say)


def _serve_model(configuration: Configuration, say: Say) -> None:
    """The model that is asked for, or none any more."""
    model = configuration.local_model
    if model is None:
        Daemon(local_model.MODEL, configuration.state).stop()
        return
    say(f"Loading the model {model.name} at {model.base_url} …")
    environment = engines.clean_environment(configuration.state)
    say(local_model.serve(model, configuration.state, environment, engines.wait_until_well))


def down(configuration: Configuration, say: Say) -> bool:
    """Stop everything that this folder's stack started. True when something ran."""
    if not configuration.state.exists():
        return False
    with _alone(configuration):
        running = read_stack(configuration)
        stopped = _stop(configuration)
    for name in stopped:
        say(f"Stopped {name}.")
    if stopped and running is not None:
        say(what_down_loses(keep=running.keep))
    return bool(stopped)


def _serves(condition: Condition, configuration: Configuration) -> bool:
    """Whether it is healthy, with the requested addresses and engines."""
    stack = condition.stack
    if stack is None or not condition.well:
        return False

    def suits(port: Port, number: int | None) -> bool:
        return not port.named or port.number == number

    if configuration.mongodb_uri is not None:
        database = stack.mongodb_port is None and stack.mongodb_uri == configuration.mongodb_uri
    else:
        database = stack.mongodb_port is not None and suits(
            configuration.mongodb_port, stack.mongodb_port
        )
    emulator = suits(configuration.aws_port, stack.aws_port)
    requested = (configuration.auth, configuration.keep, configuration.login)
    return database and emulator and (stack.auth, stack.keep, stack.login) == requested


def _check_new_ports(configuration: Configuration, stack: Stack) -> None:
    """A healthy stack is not stopped if a requested port is not available."""
    ours = (stack.aws_port, stack.mongodb_port)
    for port in (configuration.aws_port, configuration.mongodb_port):
        if port.named and port.number not in ours:
            engines.choose_port(port)


def _check_new_database(configuration: Configuration) -> None:
    """Nor for a database that does not answer."""
    uri = configuration.mongodb_uri
    if uri is not None and (fault := engines.database_fault(uri, USER_DATABASE_SECONDS)):
        raise LauncherError(f"The database of MONGODB_URI does not answer: {fault}")


def _start(configuration: Configuration, staged: Path, say: Say) -> Stack:
    state, uri = configuration.state, configuration.mongodb_uri
    _check_new_database(configuration)
    aws_port = _listen(configuration.aws_port, say)
    say(f"Starting the AWS emulator at {engines.endpoint(aws_port)} …")
    on_disk = engines.files_folder(state).exists()  # of an earlier run with KEEP=true
    emulator = _start_emulator(configuration, aws_port)
    mongodb_port, database = None, None
    if uri is None:
        mongodb_port = _listen(configuration.mongodb_port, say)
        say(f"Starting the database at {HOST}:{mongodb_port} …")
        database = engines.start_database(state, mongodb_port)
        uri = engines.embedded_uri(mongodb_port)
    _wait_for_emulator(emulator, aws_port)
    if database is not None:
        address = f"{HOST}:{mongodb_port}"
        engines.wait_until_well(database, lambda: engines.database_fault(uri, 1.0) is None, address)
    say("Deploying infra/template.yaml …")
    stack = _deploy(configuration, staged, aws_port, mongodb_port, uri)
    if configuration.keep and not engines.saved_stack(state).exists():
        # The emulator saves what is deployed only when it ends. So it ends once, and a kill -9
        # finds the buckets' names on disk.
        emulator.stop()
        emulator = _start_emulator(configuration, aws_port)
        _wait_for_emulator(emulator, aws_port)
        stack = msgspec.structs.replace(stack, pids=_pids(state))
        write_stack(configuration.stack_file, stack)
    has_them = configuration.keep and on_disk
    if not has_them and (lost := jobs_of_former_runs(uri, configuration.parameters)):
        say(what_was_lost(lost, on_disk=on_disk))
    return stack


def _start_emulator(configuration: Configuration, port: int) -> Daemon:
    return engines.start_emulator(
        configuration.state,
        port,
        auth=configuration.auth,
        keep=configuration.keep,
        more=(
            {"AWS_ENDPOINT_URL": configuration.functions_endpoint}
            if configuration.functions_endpoint
            else None
        ),
    )


def _wait_for_emulator(emulator: Daemon, port: int) -> None:
    engines.wait_until_well(
        emulator, lambda: engines.emulator_is_well(port), engines.endpoint(port)
    )


def _refresh(configuration: Configuration, stack: Stack, staged: Path, say: Say) -> Stack:
    parameters = _parameters(configuration, stack.mongodb_uri, stack.aws_port)
    if deployment.fingerprint(staged, parameters) == stack.fingerprint:
        say("The stack is up already, with this code.")
        return stack
    for change in changes(stack.parameters, parameters, TEMPLATE_PARAMETERS):
        say(change)
    say("The code or a setting changed: deploying infra/template.yaml again …")
    return _deploy(configuration, staged, stack.aws_port, stack.mongodb_port, stack.mongodb_uri)


def _deploy(
    configuration: Configuration, staged: Path, aws_port: int, mongodb_port: int | None, uri: str
) -> Stack:
    state = configuration.state
    parameters = _parameters(configuration, uri, aws_port)
    fingerprint = deployment.fingerprint(staged, parameters)
    # From here on the former description is no longer true, whatever happens.
    configuration.stack_file.unlink(missing_ok=True)
    deployment.deploy(state, staged, aws_port, parameters)
    deployed = deployment.outputs(aws_port)
    _create_indexes(uri, parameters)
    if configuration.login:
        logins.create_users(aws_port, configuration.users_file)
    endpoint = engines.endpoint(aws_port)
    stack = Stack(
        api_url=f"{endpoint}/restapis/{deployed.api_id}/{STAGE}/_user_request_",
        endpoint_url=endpoint,
        region=REGION,
        uploads_bucket=deployed.uploads_bucket,
        results_bucket=deployed.results_bucket,
        mongodb_uri=uri,
        state_machine_arn=deployed.state_machine_arn,
        import_queue_url=deployed.import_queue_url,
        import_dead_letter_queue_url=deployed.import_dead_letter_queue_url,
        aws_port=aws_port,
        mongodb_port=mongodb_port,
        pids=_pids(state),
        fingerprint=fingerprint,
        parameters={k: v for k, v in parameters.items() if k != "MongodbUri"},
        auth=configuration.auth,
        keep=configuration.keep,
        login=configuration.login,
    )
    write_stack(configuration.stack_file, stack)
    return stack


def _pids(state: Path) -> dict[str, int]:
    daemons = [Daemon(engines.EMULATOR, state), Daemon(engines.DATABASE, state)]
    return {daemon.name: pid for daemon in daemons if (pid := daemon.pid()) is not None}


def _parameters(configuration: Configuration, uri: str, aws_port: int) -> dict[str, str]:
    key = configuration.model_key
    secret = deployment.keep_model_key(aws_port, key) if key else ""
    own = {
        "Stage": STAGE,
        "MongodbUri": uri,
        "EnrichmentSecretArn": secret,
        "AuthMode": "cognito" if configuration.login else "none",
        "CognitoEndpoint": engines.endpoint(aws_port) if configuration.login else "",
    }
    return with_defaults({**configuration.parameters, **own})


def _create_indexes(uri: str, parameters: dict[str, str]) -> None:
    database = connect(database_settings(uri, parameters), socket_timeout_ms=None)
    try:
        ensure_indexes(database)
        sync_indexes(database, AttributeRepository(database).all())
    except DuplicateKeyError as error:
        raise LauncherError(
            "The database holds data of an older version of this product, which the indexes of "
            "this one refuse. `make clean` forgets the embedded database's data; for a database "
            f"of your own, correct this first: {error.details or error}"
        ) from error
    except (PyMongoError, PortalError) as error:
        raise LauncherError(f"The database's indexes cannot be created: {error}") from error
    finally:
        database.client.close()


def _listen(port: Port, say: Say) -> int:
    number = engines.choose_port(port)
    if port.number not in (0, number):
        say(f"Port {port.number} ({port.setting}) is taken; using {number}.")
    return number


def _stop(configuration: Configuration) -> list[str]:
    """The emulator first: its functions use the database."""
    state = configuration.state
    names = (engines.EMULATOR, engines.DATABASE, local_model.MODEL)
    stopped = [name for name in names if Daemon(name, state).stop()]
    configuration.stack_file.unlink(missing_ok=True)
    shutil.rmtree(state / "tmp", ignore_errors=True)
    return stopped


@contextlib.contextmanager
def _alone(configuration: Configuration) -> Iterator[None]:
    """One launcher at a time per folder; a second one waits."""
    configuration.state.mkdir(parents=True, exist_ok=True)
    with (configuration.state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
