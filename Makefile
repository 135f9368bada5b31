# Every target is one line a person could type. `make` alone lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash

# The interpreter of .venv: the first on PATH that is new enough, or `make PYTHON=/path/to/python3.12`.
PYTHON ?=
BIN := .venv/bin
SOURCES := apex bench chaos conformance demo function invocation localstack orgsim proxy relay salesforce_functions supervision tests tools
T ?=
K ?=
PART ?=
ARGS ?=
# Per cent of each folder that all tests must reach in this process; a change may raise them only.
FLOORS := demo=9 invocation=90 orgsim=98 proxy=70 relay=92 salesforce_functions=86 supervision=39
# Test files run side by side: they wait for processes more than they compute.
WORKERS ?= 4

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-17s %s\n", $$1, $$2}'

.PHONY: setup
setup: ## make .venv with the locked dependencies (nothing to do when nothing changed)
	@tools/setup $(if $(PYTHON),"$(PYTHON)")

# Variables of the command line reach the program by its environment, see demo/choices.py.
.PHONY: run
run: setup ## serve function/, FUNCTION=folder or EXAMPLE=node|java|go against a simulated org, show some calls, reload what changes
	@exec $(BIN)/python -m demo run

.PHONY: demo
demo: setup ## the same, and stop: exit 0 only if every step held
	@exec $(BIN)/python -m demo check

.PHONY: check
check: lint types test ## what CI runs: lint, types, tests

.PHONY: lint
lint: setup ## ruff: rules and formatting; import-linter: who may import whom; codespell: spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/codespell

.PHONY: types
types: setup ## mypy --strict
	$(BIN)/mypy $(SOURCES)

# Parts that CI runs on a machine each, side by side; together they are all tests. Coverage is of all.
PARTS := unit programs languages
PART_unit := function/tests tests/apex tests/contract tests/docs tests/unit
PART_programs := $(addprefix tests/system/,apex attack proxy relay runtime settings setup supervision test_bench.py test_ctrl_c.py)
PART_languages := tests/image $(addprefix tests/system/,conformance demo examples languages test_demo.py)

.PHONY: test
test: setup ## all tests with coverage, WORKERS at once; T=path and K=name narrow them, PART=unit|programs|languages too
ifneq ($(PART),)
	$(if $(PART_$(PART)),,$(error PART=$(PART) is none of $(PARTS)))
	$(BIN)/pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PART_$(PART))
else
	$(BIN)/pytest $(if $(T)$(K),-x $(T) $(if $(K),-k "$(K)"),--cov --cov-report=term) \
		$(if $(K)$(findstring .py,$(T)),,-n $(WORKERS) --dist loadfile --no-loadscope-reorder)
	$(if $(T)$(K),,@$(MAKE) --no-print-directory floors)
endif

.PHONY: test-again
test-again: setup ## after make test: what failed (up to 3 tests) once more, one after the other
	@$(BIN)/python -m tools.failed_tests_again

.PHONY: floors
floors: # of coverage, after all tests
	@code=0; for floor in $(FLOORS); do \
		reached="$$($(BIN)/coverage report --include="$${floor%=*}/*" --format=total --fail-under=0)"; \
		if [ "$$reached" -lt "$${floor#*=}" ]; then echo "make: tests reach $$reached % of $${floor%=*}, less than $${floor#*=}"; code=1; fi; \
	done; exit $$code

.PHONY: unit
unit: setup ## what a change can break at once: unit, contract and docs tests, without those that take long
	$(BIN)/pytest -q -m "not slow" --hypothesis-profile "few examples" -n $(WORKERS) tests/unit tests/contract tests/docs

.PHONY: system
system: setup ## whole programs on this machine: signals, faults, attacks; T=path and K=name narrow it
	$(BIN)/pytest $(if $(K),-k "$(K)") -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(or $(T),tests/system)

.PHONY: test-all-pythons
test-all-pythons: setup ## unit and relay tests on every Python here from 3.11 to 3.14; ARGS="--others" skips that of .venv
	$(BIN)/python -m tools.all_pythons --workers $(WORKERS) $(ARGS)

.PHONY: apex
apex: setup apex/tools/node_modules/.package-lock.json ## check force-app without an org and run its tests (half a minute); needs Node and a JDK
	@exec $(BIN)/python -m apex check $(ARGS)

apex/tools/node_modules/.package-lock.json: apex/tools/package-lock.json
	@command -v npm >/dev/null || { echo "make: the checks of force-app need Node 20 (npm) and a JDK 17 or newer: install them"; exit 1; }
	npm ci --prefix apex/tools --no-audit --no-fund --silent

.PHONY: lwc
lwc: apex/lwc/node_modules/.package-lock.json ## test the Lightning web component of force-app with Jest (half a minute); needs Node
	@npm test --prefix apex/lwc --silent

apex/lwc/node_modules/.package-lock.json: apex/lwc/package-lock.json
	@command -v npm >/dev/null || { echo "make: the tests of components need Node 20 (npm): install it"; exit 1; }
	npm ci --prefix apex/lwc --no-audit --no-fund --silent

.PHONY: conformance
conformance: setup ## test a server of a function, in any language, against the contract: FUNCTION=folder FUNCTION_COMMAND='exec ./start'
	@exec $(BIN)/python -m conformance $(ARGS)

.PHONY: image
image: setup ## build the image and attack it, as make test does (as root with docker.io and mmdebstrap, or DOCKER_HOST)
	$(BIN)/pytest -x tests/image

.PHONY: image-compose
image-compose: setup ## compose.yaml from beginning to end, with database and app killed (a few minutes)
	$(BIN)/pytest -x tests/image/compose_journey.py

# Compose is a plugin of docker, or a program of its own.
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || command -v docker-compose)

.PHONY: compose
compose:
	@test -n "$(COMPOSE)" || { echo "make: there is no Docker Compose here: install Docker with its Compose plugin, or say make run, which needs neither" >&2; exit 1; }

.PHONY: up
up: compose ## build and start the image, a simulated org and PostgreSQL with Docker Compose
	$(COMPOSE) up --build --detach

.PHONY: invoke
invoke: setup ## call what make up started: once synchronously, once asynchronously
	@$(BIN)/python -m demo.invoke

.PHONY: down
down: compose ## stop it, and forget its data
	$(COMPOSE) down --volumes

.PHONY: sbom
sbom: setup ## sbom.json: what the lock brings into the image (CycloneDX)
	$(BIN)/uv tool run --from cyclonedx-bom==7.5.0 cyclonedx-py requirements requirements.txt --output-file sbom.json

.PHONY: audit
audit: setup ## look up known weaknesses of the locked packages (pip-audit, npm audit); needs the real registries
	@$(BIN)/python -m tools.audit

.PHONY: bench
bench: setup ## measure speed as ratios to floors, in one run (about 10 minutes); ARGS="sync" for one of them
	@for each in $(if $(ARGS),"$(ARGS)",sync runtime "jobs --store sqlite" "jobs --store postgres"); do \
		$(BIN)/python -m bench $$each || exit 1; done

.PHONY: chaos
chaos: setup ## accept 5,000 jobs per store while everything is killed (8 minutes); ARGS="--jobs 500 --store sqlite"
	@exec $(BIN)/python -m chaos kills $(ARGS)

.PHONY: faults
faults: setup ## break one part after another under load, and print what callers saw (10 minutes); ARGS="stop" for one
	@exec $(BIN)/python -m chaos faults $(ARGS)

.PHONY: soak
soak: setup ## half an hour of mixed load and faults; ARGS="--seconds 300" for less
	@exec $(BIN)/python -m chaos soak $(ARGS)

.PHONY: format
format: setup ## let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: docs-settings
docs-settings: setup ## write the tables of docs/configuration.md anew from the declared settings
	$(BIN)/python -m invocation.settings docs/configuration.md

.PHONY: docs-differences
docs-differences: setup ## write docs/differences.md anew from a run of what the public reference was sent
	$(BIN)/python -m tests.contract.reference docs/differences.md

.PHONY: lock
lock: setup ## write requirements.txt and requirements/dev.txt anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-strip-extras --upgrade --quiet \
		--custom-compile-command "make lock" --group container -o requirements.txt
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-strip-extras --upgrade --quiet \
		--custom-compile-command "make lock" --group dev -o requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --constraint requirements.txt --no-annotate --quiet \
		--custom-compile-command "make lock" -o requirements/function.txt

.PHONY: clean
clean: ## remove everything that can be made again (also the demo's key pair)
	rm -rf .venv .local .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
