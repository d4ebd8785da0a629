# The two commands of the README are `make run` and `make test`. Each sets up what it needs.
# Everything fetched or cached stays in this checkout: .venv, node_modules, .cache, .labchat.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.run-ready
DEV := $(VENV)/.dev-ready
NPM := node_modules/.ready
UI := static/dist/index.html
UI_SOURCES := $(shell find static -path static/dist -prune -o -path '*/node_modules' -prune -o -type f -print)

# Hashes for every platform; --no-header keeps machine paths out of the files.
LOCK := $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 --no-header --no-annotate

export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export npm_config_cache := $(CURDIR)/.cache/npm
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Node trusts the machine's own certificate authorities too, as pip does; some networks need it.
export NODE_USE_SYSTEM_CA := 1
# So do the Python programs that would bring authorities of their own.
export REQUESTS_CA_BUNDLE ?= $(wildcard /etc/ssl/certs/ca-certificates.crt)
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help run test check bench soak conformance docs coverage ui lock clean

help: ## show this help
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN) $(NPM) $(UI) ## start the chat on http://localhost:8080 (options: ARGS="--port 9000")
	@exec $(BIN)/labchat up $(ARGS)

test: $(DEV) $(NPM) $(UI) ## run every quick test (options: ARGS="-k send")
	$(BIN)/npm test --silent --workspace static
	$(BIN)/python -m pytest -m "not soak" --numprocesses logical --maxprocesses 4 --dist loadgroup $(ARGS)

check: $(DEV) $(NPM) ## format, lint, types and template checks; warnings are errors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/cfn-lint --non-zero-exit-code informational deploy/*.yaml
	$(BIN)/npm run --silent check --workspace static

docs: $(DEV) ## renew what is made from the code in docs/
	PYTHONPATH=handlers $(BIN)/python -m tests.support.protocol_docs
	$(BIN)/python -m tests.support.data_docs

coverage: $(DEV) $(NPM) $(UI) ## run the quick tests and show which lines they miss
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -m "not soak" $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

bench: $(DEV) $(NPM) $(UI) ## measure; prints medians and ratios, asserts nothing
	PYTHONPATH=handlers $(BIN)/python -m tests.bench $(ARGS)

soak: $(DEV) $(NPM) $(UI) ## the long proofs: faults under load
	$(BIN)/python -m pytest -m soak --timeout 1800 -o faulthandler_timeout=1800 $(ARGS)

conformance: $(DEV) $(NPM) ## run the conformance tests and write docs/conformance.md from their results
	$(BIN)/python -m tests.conformance $(ARGS)

ui: $(NPM) $(UI) ## build the web client into static/dist

lock: $(DEV) ## renew the lock files after a change of dependencies
	$(LOCK) --extra build pyproject.toml -o requirements.lock
	$(LOCK) --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(LOCK) -c requirements.lock emulator/runtime/python/requirements.in -o emulator/runtime/python/requirements.txt
	$(LOCK) emulator/runtime/python/debugger.in -o emulator/runtime/python/debugger.txt
	$(LOCK) -c requirements.lock handlers/requirements.in -o handlers/requirements.txt
	$(LOCK) tests/clients/aws-cli.in -o tests/clients/aws-cli.txt
	$(LOCK) tests/deploy/ministack.in -o tests/deploy/ministack.txt
	$(BIN)/npm install --package-lock-only
	cd emulator/runtime/node && npm install --package-lock-only --omit-lockfile-registry-resolved

clean: ## remove everything made here except chat data (.labchat)
	rm -rf $(VENV) node_modules static/node_modules static/dist .cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "labchat needs Python 3.11 or newer; name one with: make PYTHON=python3.12 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }

$(RUN): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing Python packages and Node (the first time only) …"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	@echo "Installing what tests and checks need (the first time only) …"
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(NPM): package-lock.json package.json static/package.json | $(RUN)
	@echo "Installing the web client's packages and the database engine (the first time only) …"
	@$(BIN)/npm ci --loglevel=error
	@touch $@

$(UI): $(UI_SOURCES) | $(NPM)
	@echo "Building the web client …"
	@$(BIN)/npm run --silent build --workspace static -- --logLevel warn
	@touch $@
