# Two commands for a newcomer: `make demo` and `make test`. Each sets up what it needs.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PORTRAITS := $(VENV)/share/countenance
WORKERS ?= 2
DEMO ?=
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: install browser second softhsm demo test prove lint bench docs clean

install: $(STAMP) browser second softhsm

$(STAMP): requirements/dev.txt requirements/portraits.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing pinned packages into $(VENV) (a few minutes the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -c 'import countenance.matching.kernels'
	@mkdir -p $(PORTRAITS)
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --no-binary :all: --no-build-isolation --require-hashes \
		-r requirements/portraits.txt --dest $(PORTRAITS)
	@touch $@

# Chromium and fonts for the journeys: from Debian, where this is Debian and we may install; elsewhere an installed one is used.
browser:
	@if ! command -v chromium >/dev/null 2>&1; then \
		if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
			echo "Installing Chromium and fonts …"; \
			apt-get -qq update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium fonts-dejavu-core fonts-wqy-zenhei >/dev/null; \
		else echo "Chromium is not installed: the browser journeys of 'make prove' need it (package chromium)."; fi; fi

# Go and its checksum database's packages, which read our log in 'make prove'.
second:
	@if ! command -v go >/dev/null 2>&1 || ! test -d /usr/share/gocode/src/golang.org/x/mod/sumdb; then \
		if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
			echo "Installing Go and its x/mod packages …"; \
			apt-get -qq update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends golang-go golang-golang-x-mod-dev >/dev/null; \
		else echo "Go is not installed: 'make prove' does not read the log with another implementation (packages golang-go, golang-golang-x-mod-dev)."; fi; fi

# SoftHSM, the PKCS#11 token that the tests add, open with and take away.
softhsm:
	@if ! command -v softhsm2-util >/dev/null 2>&1; then \
		if command -v apt-get >/dev/null 2>&1 && [ "$$(id -u)" = 0 ]; then \
			echo "Installing SoftHSM …"; \
			apt-get -qq update >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends softhsm2 >/dev/null; \
		else echo "SoftHSM is not installed: the tests of PKCS#11 tokens are skipped (package softhsm2)."; fi; fi

demo: $(STAMP)
	@$(BIN)/countenance demo $(DEMO)

test: $(STAMP) softhsm
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile tests/unit tests/architecture tests/vectors tests/faults $(wildcard tests/attacks)

# Fuzz, kills, simulations, browser journeys. FULL=1 runs the full counts.
prove: install
	@for part in "tests/prove $(if $(FULL),tests/faults)" tests/journeys; do \
		COUNTENANCE_PROVE=$(if $(FULL),full,scaled) $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder \
			--timeout 1700 $$part || exit 1; \
	done

lint: $(STAMP)
	@$(BIN)/ruff format --check src tests benchmarks
	@$(BIN)/ruff check src tests benchmarks
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/interrogate --quiet --fail-under 100 --ignore-init-method --ignore-magic --ignore-private --ignore-semiprivate --ignore-nested-functions --ignore-overloaded-functions src

bench: $(STAMP)
	@$(BIN)/countenance bench image && $(BIN)/countenance bench edge && $(BIN)/countenance bench redaction && $(BIN)/countenance bench search && $(BIN)/countenance bench gallery && $(BIN)/countenance bench custodian

docs: $(STAMP)
	@$(BIN)/mkdocs build --strict --quiet && echo "docs are in site/index.html"

clean:
	rm -rf $(VENV) demo-out site
