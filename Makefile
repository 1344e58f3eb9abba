# Cardex: `make run` and `make test` are all that a fresh machine needs (Python 3.11 to 3.14 and make).

VENV := .venv
BIN := $(VENV)/bin
ADDRESS ?= 127.0.0.1
PORT ?= 8501
OPTIONS ?=
ARGS ?=
# Tests of one file run in order; files share the processors.
PARALLEL := -n auto --maxprocesses 4 --dist loadfile

PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
COMPONENTS := $(shell find components -type f -not -path '*/build/*' -not -path '*.egg-info/*' \
	-not -path '*/__pycache__/*' -not -path '*/node_modules/*' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help run install install-dev test nightly check lint types imports coverage bench clean fit-oracle

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | \
		awk -F'|' '{ printf "  make %-12s %s\n", $$1, $$2 }'

run: install  ## serve the app on http://127.0.0.1:8501 (PORT=8600 for another port)
	@exec $(BIN)/python -m web --server.address "$(ADDRESS)" --server.port "$(PORT)" $(OPTIONS)

install: $(VENV)/.installed  ## make .venv with all that the app needs

install-dev: $(VENV)/.installed-dev  ## make .venv with all that development needs

test: install-dev chromium nginx  ## run every test, those in a browser included
	$(BIN)/python -m pytest -rs $(PARALLEL) $(ARGS)

nightly: install-dev  ## run the long tests alone: hundreds of kills, ten thousand payloads
	$(BIN)/python -m pytest -rs -m nightly $(ARGS)

check: lint types imports coverage  ## lint, types, import contracts, every test with coverage

lint: install-dev  ## ruff: rules and format
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .

types: install-dev  ## mypy, strict
	$(BIN)/python -m mypy

imports: install-dev  ## the floors of docs/architecture.md
	$(BIN)/lint-imports

coverage: install-dev chromium nginx  ## every test, then the coverage gates
	$(BIN)/python -m pytest -rs $(PARALLEL) --cov --cov-report= $(ARGS)
	$(BIN)/python -m coverage json --quiet -o $(VENV)/coverage.json
	$(BIN)/python tools/coverage_gate.py $(VENV)/coverage.json

bench: install-dev  ## print the benchmark table (ARGS='--help' for its options)
	$(BIN)/python -m bench $(ARGS)

fit-oracle: install-dev  ## compare the memory arithmetic with a real llama.cpp, some minutes
	$(BIN)/python -m tools.fit_oracle $(ARGS)
	$(BIN)/python -m tools.fit_doc

clean:  ## remove the virtual environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: chromium nginx
chromium nginx:
	@sh tools/$@.sh

$(VENV)/.installed: requirements.txt $(COMPONENTS)
	@sh tools/make_venv.sh $(VENV)
	@echo "Installing Cardex into $(VENV): once, some minutes at most ..."
	@$(PIP) -r requirements.txt
	@$(BIN)/python -m compileall -qq catalog ui web pages app.py server.py || true
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing the tools for tests into $(VENV) ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@
