# `make help` lists the targets. Needs make (3.81 or newer) and Python (3.11 or newer).
# Settings are variables, `make up AWS_PORT=24600 MONGODB_URI=mongodb://…`; make hands those of
# its command line to the programs in their environment.

SHELL := /bin/sh
PY := .venv/bin/python
LOCAL := $(PY) -m infra.local
WITH_MODEL := $(if $(filter local,$(MODEL) $(ENRICHMENT_PROVIDER)),sh infra/bootstrap.sh model .venv-model)
OPERATIONS := $(PY) -m infra.operations
PYTEST := $(PY) -m pytest -n auto
FAST := -m "not slow" --hypothesis-profile=few
export MAKECMDGOALS

.DEFAULT_GOAL := help
.PHONY: help check-docs demo up down status import attributes mapping jobs approve enrich accept export reprocess stop redrive-dlq drain resume console profiles profile \
	logs token disk free test test-fast test-unit test-integration test-e2e \
	test-other-python lint format evaluate openapi lock package deploy diff destroy smoke indexes clean bench \
	bench-full chaos fuzz check-aws security test-stepfunctions-local venv-local venv-dev venv-bench \
	venv-checks

help: ## this list
	@echo "The product portal: import, check and enrich product data."
	@echo
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-25s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "Settings of up and demo: AWS_PORT, MONGODB_PORT, MONGODB_URI, AUTH, LOGIN, ALLOWED_ORIGINS,"
	@echo "CHUNK_TARGET_BYTES, INLINE_MAP_MAX_CHUNKS, ENRICHMENT_PROVIDER (local: LOCAL_MODEL, MODEL_PORT), ENRICHMENT_MODEL, OPENAI_BASE_URL,"
	@echo "OPENAI_API_KEY and the others of infra/local/configuration.py."

demo: venv-local ## start the stack, import the two sample files, show what came out and what could fill gaps [MODEL=local: by a language model on this machine]
	@$(WITH_MODEL)
	@$(LOCAL) demo

up: venv-local ## start the local engines and deploy the product to them [KEEP=true: files and results outlive them; LOGIN=true: the API asks who calls]
	@$(WITH_MODEL)
	@$(LOCAL) up

down: ## stop them; no process stays (the database's data does, in .local/)
	@if [ -x $(PY) ]; then $(LOCAL) down; else echo "Nothing runs: there is no .venv yet."; fi

status: venv-local ## what runs, and where
	@$(LOCAL) status

import: venv-local ## import a file: FILE=… [ATTRIBUTES=… UPDATE=1] [DELIMITER= ENCODING= SHEET= HEADER_ROW= QUOTE_CHAR= ESCAPE_CHAR= SKIP_INITIAL_SPACE= ON_FAULT= MAX_FAULTY_PERCENT= HEADERS=loose LOCALE=auto OPTIONS=options.json PROFILE=name]
	@$(LOCAL) import

attributes: venv-local ## propose attributes from a file: FROM=… or JOB=… [ACCEPT=1: create them and validate the file by them; STAGE=]
	@$(OPERATIONS) attributes

mapping: venv-local ## propose which attributes the unmatched columns of an import mean: JOB=… [BY=model: by the configured model; OUT=options.json OVERWRITE=1; ACCEPT=1: import the file again so; STAGE=]
	@$(OPERATIONS) mapping

jobs: venv-local ## the newest jobs [LIMIT=20 PAGE=2 STATUS= TYPE= CODE= SINCE=2h STAGE=]
	@$(OPERATIONS) jobs

approve: venv-local ## take the valid rows of an import into the catalogue: JOB=… [STAGE=]
	@$(OPERATIONS) approve

enrich: venv-local ## suggestions for empty attributes, as a job; nothing is saved: FILTER='Brand=Acme', PRODUCTS=id,id or ALL=1 [ATTRIBUTES=a,b REPLACE=a,b MAX_USD= DRY_RUN=1 STAGE=]
	@$(OPERATIONS) enrich

accept: venv-local ## save the suggestions of such a job: JOB=… [MIN_CONFIDENCE=0.8 ATTRIBUTES=a,b PRODUCTS=id,id DRY_RUN=1 STAGE=]
	@$(OPERATIONS) accept

export: venv-local ## the catalogue, or with JOB=… the rows of an import, as csv, xlsx, ndjson or parquet [OUT=products.csv OVERWRITE=1 FILTER= COLUMNS= GUARDED=1 STAGE=]
	@$(OPERATIONS) export

reprocess: venv-local ## start jobs again: STATUS=FAILED SINCE=2h [TYPE= CODE=] or JOBS=id,id [DRY_RUN=1 STAGE=]
	@$(OPERATIONS) reprocess

stop: venv-local ## stop a job: JOB=… [STAGE=]
	@$(OPERATIONS) stop

redrive-dlq: venv-local ## look at the dead letters of the import queue; YES=1 moves them back [STAGE=]
	@$(OPERATIONS) redrive-dlq

drain: venv-local ## pause the intake of uploads and wait until nothing runs [STAGE=]
	@$(OPERATIONS) drain

resume: venv-local ## open the intake again [STAGE=]
	@$(OPERATIONS) resume

profiles: venv-local ## the import profiles [STAGE=]
	@$(OPERATIONS) profiles

profile: venv-local ## save how a supplier's files are read, under a name: FILE=profile.json [STAGE=]
	@$(OPERATIONS) profile

console: venv-local ## a web page of jobs and state machines, on loopback: graphs, chunks, errors, stop, restart [CONSOLE_PORT= STAGE=]
	@$(OPERATIONS) console

logs: venv-local ## follow what the functions say; with JOB=… the story of one job [STAGE=]
	@if [ -n "$(JOB)" ]; then $(OPERATIONS) logs; else $(LOCAL) logs; fi

disk: venv-local ## what the product keeps on this disk
	@$(LOCAL) disk

free: venv-local ## remove from it what is made again when needed; copies that you edited stay [WHAT=results,logs,build,caches,environments,files,database]
	@$(LOCAL) free

token: ## an access token, with LOGIN=true: ROLE=viewer|editor|admin [USER_NUMBER=2]
	@$(LOCAL) token

test: lint ## lint, then all tests, then those of test-fast on the other Python (3.11, 3.13), if installed
	@$(PYTEST)
	@sh infra/other_python.sh $(FAST)

test-fast: venv-dev ## the unit tests without the slow ones, with a fifth of the examples of properties
	@$(PYTEST) tests/unit $(FAST)

test-unit: venv-dev ## all unit tests
	@$(PYTEST) tests/unit

test-integration: venv-dev ## the state machines and the REST API in this process
	@$(PYTEST) tests/integration

test-e2e: venv-dev ## the whole product over HTTP, on a local stack of the tests' own
	@$(PYTEST) tests/e2e

check-docs: venv-dev ## run every command of docs/runbook.md on a local stack
	@$(PY) -m pytest -n 0 -q tests/e2e/test_runbook.py

test-stepfunctions-local: venv-dev ## every path of the state machines on Amazon's image; needs Docker
	@docker compose -f infra/local/compose.yaml up --detach stepfunctions
	@$(PY) -m tests.statemachines; result=$$?; \
		docker compose -f infra/local/compose.yaml rm --stop --force stepfunctions; exit $$result

test-other-python: venv-dev ## all unit tests on the Python (3.11, 3.13) that .venv does not have
	@sh infra/other_python.sh

lint: venv-dev ## ruff, mypy, cfn-lint
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy core handlers infra tests
	@$(PY) .venv/bin/cfn-lint infra/*.yaml
	@echo "lint: clean"

check-aws: venv-dev venv-checks package ## check the deployment without an account: template, machines, calls, permissions, limits
	@$(PY) -m infra.checks

security: venv-dev venv-checks ## rules of security: template, code, locked packages; each exception has a reason
	@$(PY) -m infra.checks.security

bench: venv-bench ## measure against baselines: [KEYS=a,b or PUBLISH=1]; minutes (docs/benchmarks.md)
	@$(PY) -m tests.bench --keys "$(KEYS)" $(if $(PUBLISH),--publish)

bench-full: venv-bench ## the same on 1 and 5 million rows; some 20 minutes and 20 GB of disk
	@$(PY) -m tests.bench --full --keys "$(KEYS)" $(if $(PUBLISH),--publish)

chaos: venv-dev ## break everything while files are imported, and account for every row: [FILES= ROWS= BIG_ROWS= ONLY= PUBLISH=1]
	@nice -n 10 $(PY) -m tests.chaos $(if $(FILES),--files $(FILES)) $(if $(ROWS),--rows $(ROWS)) $(if $(BIG_ROWS),--big-rows $(BIG_ROWS)) \
		--only "$(ONLY)" $(if $(PUBLISH),--publish)

fuzz: venv-dev ## random input for every parser: [SECONDS=300 ONLY=text,ods SEED=]
	@nice -n 10 $(PY) -m tests.fuzz --seconds $(or $(SECONDS),300) --only "$(ONLY)" $(if $(SEED),--seed $(SEED))

format: venv-dev ## let ruff put the code in form
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

evaluate: venv-dev ## how good suggestions are: [SAMPLE= SEED= DATA= MAX_USD= ENRICHMENT_PROVIDER=…]
	@$(PY) -m tests.bench.enrichment_evaluation $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(SEED),--seed $(SEED)) $(if $(DATA),--data "$(DATA)") $(if $(MAX_USD),--max-usd $(MAX_USD))

openapi: venv-dev ## write openapi.yaml, with examples recorded from real responses
	@RECORD_EXAMPLES=1 $(PY) -m pytest tests/integration/api_description/test_openapi_examples.py
	@$(PY) -m infra.openapi

lock: venv-local ## renew requirements/*.txt (UPGRADE=1 takes newer versions)
	@sh infra/lock.sh

package: venv-local ## stage the code and the layers for AWS into build/
	@$(PY) -m infra.package

deploy: package ## deploy to AWS, create indexes, test it: STAGE=… ARTIFACTS_BUCKET=… [PARAMETERS="Name=value …" QUOTA= SMOKE=no]
	@sh infra/deploy.sh

diff: package ## what a deployment would change; the same settings
	@sh infra/deploy.sh diff

destroy: venv-local ## delete a stack on AWS, after a question: STAGE=… [CONFIRM=…]
	@sh infra/destroy.sh

smoke: venv-local ## one small file the whole way over REST, and away again [STAGE= TOKEN=]
	@$(PY) -m infra.aws.smoke

indexes: venv-local ## create the database's indexes: MONGODB_URI=…
	@$(PY) -m infra.indexes

clean: down ## stop, and remove what was built or left behind, .local with its database and your edited copies too (.venv stays)
	@rm -rf build .local .pytest_cache .mypy_cache .ruff_cache .hypothesis

venv-local:
	@sh infra/bootstrap.sh local

venv-bench:
	@sh infra/bootstrap.sh bench

venv-checks:
	@sh infra/bootstrap.sh checks .venv-checks

venv-dev:
	@sh infra/bootstrap.sh dev
