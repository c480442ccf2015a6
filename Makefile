# Needs make and Python 3.11 or newer; everything else is installed into .venv from requirements.lock.

VERSIONS := 3.11 3.12 3.13 3.14 3.15
# The last release of each line of mypy that the plugin supports; the oldest comes first.
MYPYS := 1.15.0 1.16.1 1.17.1 1.18.2 1.19.1 1.20.2 2.0.0 2.1.0 2.2.0 2.3.1 2.4.1
VERSION = $(firstword $(VERSIONS))
MYPY = $(firstword $(MYPYS))
PYENV_ROOT ?= $(HOME)/.pyenv

PARALLEL := -n auto --dist loadfile
PYTEST := .venv/bin/python -m pytest $(PARALLEL)
# What can differ with the version of mypy. `make coverage` runs it all and the commands, so `make checks` does not.
PLUGIN_CHECKS := tests/checks/test_modes.py tests/checks/test_pydantic_plugin.py
PLUGIN := $(PLUGIN_CHECKS) tests/typing
# The few tests of test_modes take longest, so they start first; pytest-xdist would put them last.
IN_ORDER := $(PARALLEL) --no-loadscope-reorder
COMMANDS := tests/checks/commands
# What can differ with the version of Python. A Python that is not here is brought from Debian, where that is possible.
# What mypy says hardly can: on each, the plugin is tried by $(COMMANDS).
RUN_TIME := tests/unit tests/conformance tests/integration tests/docs tests/typing/test_corpus_at_run_time.py \
	tests/checks/test_random_runs.py tests/checks/test_starvation.py $(COMMANDS)
export HYPOTHESIS_STORAGE_DIRECTORY := .cache/hypothesis

# The first of some commands that runs (one of pyenv's may be on PATH and not run), is new enough and can make an environment.
probe = import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
first = $(shell for python in $(1); do "$$python" -c "$(probe)" 2>/dev/null && echo "$$python" && break; done)
PYTHON ?= $(call first,python3.13 python3.12 python3.11 python3)
other = $(call first,python$(1) $(PYENV_ROOT)/versions/$(1).*/bin/python)

define environment
	@test -n "$(1)" || { echo "No Python 3.11 or newer was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Installing the locked dependencies into $(@D)"
	@"$(1)" -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install -qq --no-compile --disable-pip-version-check --require-hashes -r requirements.lock
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
endef

# As above, for another Python: by uv, which takes seconds and is in .venv.
define other_environment
	@echo "Installing the locked dependencies into $(@D)"
	@.venv/bin/uv venv --quiet --clear --python "$(1)" $(@D)
	@.venv/bin/uv pip install --quiet --python $(@D)/bin/python --require-hashes -r requirements.lock
	@.venv/bin/uv pip install --quiet --python $(@D)/bin/python --no-deps --no-build-isolation -e .
	@touch $@
endef

.PHONY: help demo demo-postgres crash test gate check checks coverage mypy mypys differential fuzz random kills storm editors stubs docs bench lock clean
.DELETE_ON_ERROR:

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' Makefile

demo: .venv/installed ## analyse a page of Python's documentation, or any other: make demo URL=https://...
	@.venv/bin/python docs/examples/demo.py $(if $(URL),"$$URL")

crash: .venv/installed ## kill a run in the middle, resume it, and see that no page is downloaded twice
	@.venv/bin/python docs/examples/crash.py

demo-postgres: .venv/installed ## run a flow on Postgres with two workers, kill one of them, and see what the other does
	@.venv/bin/python -m docs.examples.demo_postgres

test: .venv/installed ## run the tests, but for those that take long: tests/checks
	@$(PYTEST) --ignore=tests/checks

gate: check docs checks coverage mypy ## all that must hold besides `make test`: linters, types, docs, tests/checks, older mypys and other Pythons
	@for version in $(filter-out $(shell .venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'),$(VERSIONS)); do \
		$(MAKE) --no-print-directory test-$$version || exit; \
	done

check: .venv/installed
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/lint-imports --cache-dir .cache/import-linter
	.venv/bin/mypy

checks: .venv/installed ## run the tests that take long: editors, installations, benchmarks, random programs and runs
	@echo "Running the tests that take long"
	@$(PYTEST) tests/checks tests/conformance --all-stores $(addprefix --ignore=,$(PLUGIN_CHECKS) $(COMMANDS))

coverage: .venv/installed ## run the tests of the plugin, and show that they reach every line of it
	@echo "Running the tests of the plugin, with coverage"
	@.venv/bin/coverage erase
	@.venv/bin/coverage run -m pytest $(IN_ORDER) $(PLUGIN) $(COMMANDS)
	@.venv/bin/coverage combine --quiet
	@.venv/bin/coverage report --include "mypy_plugin/*" --skip-covered --show-missing --fail-under 100

test-%:
	@if [ -n "$(call other,$*)" ]; \
	then $(MAKE) --no-print-directory .venvs/$*/installed && \
		echo "Running the tests on Python $*" && .venvs/$*/bin/python -m pytest $(PARALLEL) $(RUN_TIME); \
	else .ci/newer_python $* .cache/python$* $(PARALLEL) $(RUN_TIME); fi

mypy: ## the tests of the plugin on the oldest mypy and Python, or: make mypy MYPY=2.0.0 VERSION=3.13
	@if [ -n "$(call other,$(VERSION))" ]; \
	then $(MAKE) --no-print-directory .venvs/$(VERSION)-mypy-$(MYPY)/installed && \
		echo "Running the tests of the plugin on mypy $(MYPY) and Python $(VERSION)" && \
		.venvs/$(VERSION)-mypy-$(MYPY)/bin/python -m pytest $(IN_ORDER) $(PLUGIN); \
	else echo "Python $(VERSION) is not on this machine: not tested on it"; fi

mypys: ## the tests of the plugin on every mypy that it supports, and every Python here
	@for mypy in $(MYPYS); do for version in $(VERSIONS); do \
		$(MAKE) --no-print-directory mypy MYPY=$$mypy VERSION=$$version || exit; \
	done; done

differential: .venv/installed ## compare mypy's answers cold, warm, in the daemon and in parallel, over 500 random edits
	@.venv/bin/python -m tests.checks.differential

fuzz: .venv/installed ## have mypy check 2,000 odd programs, of which none may make it crash
	@.venv/bin/python -m tests.checks.fuzz

random: .venv/installed ## run 10,000 random flows with random options, 2,000 whose runs are cut off, and 2,000 on pgflow
	@.venv/bin/python -m tests.checks.random_runs
	@.venv/bin/python -m tests.checks.random_runs --cut-off --runs 2000
	@.venv/bin/python -m tests.checks.random_runs --engine --runs 2000

kills: .venv/installed ## kill the processes of a run at 100 random moments, and see that nothing finished is done again
	@.venv/bin/python -m tests.checks.kills

storm: .venv/installed ## kill a worker on Postgres every 300 ms during 500 runs, freeze others, and restart the database
	@.venv/bin/python -m tests.checks.pgflow.storm

editors: .venv/installed ## ask language servers and checkers without the plugin what they know of a flow, and print the tables
	@.venv/bin/python -m pytest -q -n auto --dist load tests/checks/test_editors.py
	@.venv/bin/python -m tests.checks.editors

stubs: .venv/installed ## write what is generated: the types for editors, and those of the examples
	@.venv/bin/python -m typedflow._inference
	@.venv/bin/typedflow stubs docs/examples/*.py --output stubs
	@.venv/bin/typedflow stubs docs/examples/shop

docs: .venv/installed ## build the documentation into build/docs
	.venv/bin/sphinx-build --quiet --nitpicky --fail-on-warning --keep-going -d .cache/doctrees docs build/docs
	.venv/bin/towncrier build --draft --version next >/dev/null

bench: .venv/installed ## measure the cost of a step, here and in other libraries, of type-checking and of the import
	@.venv/bin/python -m tests.benchmarks

lock: .venv/installed ## lock the newest versions of all dependencies
	UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--group dev --all-extras pyproject.toml --generate-hashes --no-emit-index-url -o requirements.lock

clean: ## remove all that was built
	rm -rf .venv .venvs .cache build dist

.venv/installed: requirements.lock pyproject.toml
	$(call environment,$(PYTHON))

.venvs/%-mypy-$(MYPY)/installed: .venv/installed
	$(call other_environment,$(call other,$*))
	@.venv/bin/uv pip install --quiet --python $(@D)/bin/python "mypy==$(MYPY)"

.venvs/%/installed: .venv/installed
	$(call other_environment,$(call other,$*))
